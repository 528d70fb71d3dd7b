using System.Reflection;
using Microsoft.Azure.Functions.Worker;

namespace PhaseFlow.Embedded.Engine.Catalog;

/// <summary>The functions of the app, found once by reflection. Durable names are compared without regard to casing.</summary>
internal sealed class FunctionCatalog
{
    private readonly Dictionary<string, OrchestratorFunction> _orchestrators = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, ActivityFunction> _activities = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, EntityFunction> _entities = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<HttpFunction> _http = [];
    private readonly List<TimerFunction> _timers = [];

    private FunctionCatalog(IEnumerable<Type> types)
    {
        const BindingFlags Any = BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;
        foreach (MethodInfo method in types.SelectMany(t => t.GetMethods(Any)))
        {
            if (method.GetCustomAttribute<FunctionAttribute>() is { } function)
            {
                Add(function.Name, method);
            }
        }
    }

    public IReadOnlyDictionary<string, OrchestratorFunction> Orchestrators => _orchestrators;

    public IReadOnlyDictionary<string, ActivityFunction> Activities => _activities;

    public IReadOnlyDictionary<string, EntityFunction> Entities => _entities;

    public IReadOnlyList<HttpFunction> Http => _http;

    public IReadOnlyList<TimerFunction> Timers => _timers;

    /// <summary>The functions of all types of an assembly.</summary>
    public static FunctionCatalog From(Assembly assembly) => new(assembly.GetTypes());

    /// <summary>The functions of the given types.</summary>
    public static FunctionCatalog From(params Type[] types) => new(types);

    private void Add(string name, MethodInfo info)
    {
        var method = new FunctionMethod(info);
        foreach (ParameterInfo parameter in method.Parameters)
        {
            switch (parameter.GetCustomAttribute<Microsoft.Azure.Functions.Worker.Extensions.Abstractions.TriggerBindingAttribute>())
            {
                case OrchestrationTriggerAttribute:
                    _orchestrators.Add(name, new OrchestratorFunction(name, method));
                    return;
                case ActivityTriggerAttribute:
                    _activities.Add(name, new ActivityFunction(name, method));
                    return;
                case EntityTriggerAttribute entity:
                    _entities.Add(entity.EntityName ?? name, new EntityFunction(entity.EntityName ?? name, method));
                    return;
                case HttpTriggerAttribute http:
                    _http.Add(new HttpFunction(name, http, method));
                    return;
                case TimerTriggerAttribute timer:
                    _timers.Add(new TimerFunction(name, timer, method));
                    return;
                default:
                    break;
            }
        }

        throw new InvalidOperationException($"The function '{name}' ({info.DeclaringType}.{info.Name}) has no parameter with a trigger.");
    }
}
