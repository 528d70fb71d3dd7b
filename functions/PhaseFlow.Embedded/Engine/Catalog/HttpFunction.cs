using System.Reflection;
using Microsoft.Azure.Functions.Worker;

namespace PhaseFlow.Embedded.Engine.Catalog;

/// <summary>A function with an HTTP trigger. The host binds its parameters: the request, route values and services are the host's.</summary>
internal sealed class HttpFunction
{
    private readonly FunctionMethod _method;

    public HttpFunction(string name, HttpTriggerAttribute trigger, FunctionMethod method)
    {
        Name = name;
        Route = trigger.Route ?? name;
        Methods = trigger.Methods ?? [];
        AuthLevel = trigger.AuthLevel;
        _method = method;
    }

    public string Name { get; }

    /// <summary>The route template; the function's name when the trigger has none.</summary>
    public string Route { get; }

    /// <summary>The HTTP methods; all of them when empty.</summary>
    public IReadOnlyList<string> Methods { get; }

    public AuthorizationLevel AuthLevel { get; }

    public MethodInfo Method => _method.Method;

    public IReadOnlyList<ParameterInfo> Parameters => _method.Parameters;

    /// <summary>Calls the function and gives what it returned.</summary>
    /// <param name="services">The services of the request, from which the function's class is made.</param>
    /// <param name="args">One value for each of <see cref="Parameters"/>.</param>
    public async Task<object?> InvokeAsync(IServiceProvider services, object?[] args)
    {
        Task task = _method.Start(_method.CreateTarget(services), args);
        await task;
        return _method.ResultOf(task);
    }
}
