using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.Extensions.DependencyInjection;

namespace PhaseFlow.Embedded.Engine.Catalog;

/// <summary>A function with an activity trigger.</summary>
internal sealed class ActivityFunction
{
    private readonly FunctionMethod _method;
    private readonly ParameterBinder _binder;

    public ActivityFunction(string name, FunctionMethod method)
    {
        Name = name;
        _method = method;
        _binder = new ParameterBinder(method, typeof(ActivityTriggerAttribute));
    }

    public string Name { get; }

    /// <summary>Runs the activity in a scope of its own and gives its result as JSON.</summary>
    public async Task<string?> RunAsync(
        string instanceId, string? input, DataConverter converter, IServiceProvider services, CancellationToken cancellation)
    {
        await using AsyncServiceScope scope = services.CreateAsyncScope();
        object?[] args = _binder.Bind(new FunctionCall(scope.ServiceProvider, null, input, converter, instanceId, cancellation));
        Task task = _method.Start(_method.CreateTarget(scope.ServiceProvider), args);
        await task;
        return converter.Serialize(_method.ResultOf(task));
    }
}
