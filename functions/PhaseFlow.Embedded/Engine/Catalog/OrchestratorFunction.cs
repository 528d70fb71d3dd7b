using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.Extensions.DependencyInjection;

namespace PhaseFlow.Embedded.Engine.Catalog;

/// <summary>A function with an orchestration trigger.</summary>
internal sealed class OrchestratorFunction
{
    private readonly FunctionMethod _method;
    private readonly ParameterBinder _binder;

    public OrchestratorFunction(string name, FunctionMethod method)
    {
        Name = name;
        _method = method;
        _binder = new ParameterBinder(method, typeof(OrchestrationTriggerAttribute));
    }

    public string Name { get; }

    /// <summary>Calls the orchestrator. The scope, where there is one, is to be disposed when the execution is.</summary>
    public Task Start(
        TaskOrchestrationContext context, string? input, DataConverter converter, IServiceProvider services, out IServiceScope? scope)
    {
        scope = _method.TakesServices ? services.CreateScope() : null;
        IServiceProvider own = scope?.ServiceProvider ?? services;
        object? target = _method.CreateTarget(own);
        object?[] args = _binder.Bind(new FunctionCall(own, context, input, converter, context.InstanceId, CancellationToken.None));
        return _method.Start(target, args);
    }

    public object? ResultOf(Task task) => _method.ResultOf(task);
}
