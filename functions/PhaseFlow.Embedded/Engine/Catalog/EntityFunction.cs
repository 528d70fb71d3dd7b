using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;

namespace PhaseFlow.Embedded.Engine.Catalog;

/// <summary>A function with an entity trigger.</summary>
internal sealed class EntityFunction
{
    private readonly FunctionMethod _method;
    private readonly ParameterBinder _binder;

    public EntityFunction(string name, FunctionMethod method)
    {
        Name = name;
        _method = method;
        _binder = new ParameterBinder(method, typeof(EntityTriggerAttribute));
    }

    public string Name { get; }

    /// <summary>Carries out the operation that the dispatcher holds.</summary>
    public Task Start(TaskEntityDispatcher dispatcher, IServiceProvider services, DataConverter converter)
    {
        object? target = _method.CreateTarget(services);
        return _method.Start(target, _binder.Bind(new FunctionCall(services, dispatcher, null, converter, null, CancellationToken.None)));
    }
}
