using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Converters;
using Microsoft.Extensions.DependencyInjection;

namespace PhaseFlow.Embedded.Engine.Catalog;

/// <summary>A function with a timer trigger. The host keeps its schedule.</summary>
internal sealed class TimerFunction
{
    private readonly FunctionMethod _method;
    private readonly ParameterBinder _binder;

    public TimerFunction(string name, TimerTriggerAttribute trigger, FunctionMethod method)
    {
        Name = name;
        Schedule = trigger.Schedule;
        RunOnStartup = trigger.RunOnStartup;
        _method = method;
        _binder = new ParameterBinder(method, typeof(TimerTriggerAttribute));
    }

    public string Name { get; }

    /// <summary>As written: a cron expression with seconds, an interval, or <c>%Setting%</c>.</summary>
    public string Schedule { get; }

    public bool RunOnStartup { get; }

    /// <summary>Runs the function once, in a scope of its own.</summary>
    public async Task InvokeAsync(IServiceProvider services, TimerInfo timer, CancellationToken cancellation)
    {
        await using AsyncServiceScope scope = services.CreateAsyncScope();
        object?[] args = _binder.Bind(new FunctionCall(scope.ServiceProvider, timer, null, JsonDataConverter.Default, null, cancellation));
        await _method.Start(_method.CreateTarget(scope.ServiceProvider), args);
    }
}
