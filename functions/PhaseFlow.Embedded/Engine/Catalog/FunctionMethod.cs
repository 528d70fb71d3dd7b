using System.Reflection;
using Microsoft.Extensions.DependencyInjection;

namespace PhaseFlow.Embedded.Engine.Catalog;

/// <summary>A method that is a function: how to make what it belongs to, and how to call it. Reflection happens once, here.</summary>
internal sealed class FunctionMethod
{
    private readonly MethodInvoker _invoker;
    private readonly ObjectFactory? _factory;
    private readonly MethodResult _result;

    public FunctionMethod(MethodInfo method)
    {
        Method = method;
        Parameters = method.GetParameters();
        _invoker = MethodInvoker.Create(method);
        _result = MethodResult.Of(method.ReturnType);
        if (!method.IsStatic)
        {
            _factory = ActivatorUtilities.CreateFactory(method.DeclaringType!, Type.EmptyTypes);
            TakesServices = method.DeclaringType!.GetConstructors().Any(c => c.GetParameters().Length > 0);
        }
    }

    public MethodInfo Method { get; }

    public IReadOnlyList<ParameterInfo> Parameters { get; }

    /// <summary>Whether making the instance needs a scope of services.</summary>
    public bool TakesServices { get; }

    /// <summary>Makes the object that the method belongs to; null for a static one.</summary>
    public object? CreateTarget(IServiceProvider services) => _factory?.Invoke(services, null);

    /// <summary>Calls the method and gives a task, whatever it returns. What it throws before its first await is thrown here.</summary>
    public Task Start(object? target, Span<object?> args) => _result.ToTask(_invoker.Invoke(target, args));

    /// <summary>The value of a task that <see cref="Start"/> gave and that has succeeded; null where there is none.</summary>
    public object? ResultOf(Task task) => _result.ValueOf(task);
}
