using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Converters;
using Microsoft.DurableTask.Entities;
using PhaseFlow.Core.Plans;
using PhaseFlow.Core.Runs;
using PhaseFlow.Core.Slots;
using PhaseFlow.Embedded.Engine;
using PhaseFlow.Embedded.Engine.Catalog;
using PhaseFlow.Embedded.Engine.Orchestrations;
using PhaseFlow.Embedded.Engine.Persistence;
using PhaseFlow.Functions.Features;
using PhaseFlow.Functions.Slots;
using PhaseFlow.Functions.Storage;
using PhaseFlow.Functions.Sweeps;

namespace PhaseFlow.Functions.Tests.Contracts;

/// <summary>Everything that stands in a store or a history and must therefore be understood by the next version, as lines.</summary>
internal static class DurableContract
{
    /// <summary>The input of each orchestrator; only its code says it.</summary>
    private static readonly Dictionary<string, Type> Inputs = new()
    {
        [nameof(FeatureOrchestrator)] = typeof(FeatureInput),
        [nameof(SweepOrchestrator)] = typeof(SlotExchange),
    };

    /// <summary>The payload of each event; only its code says it.</summary>
    private static readonly Dictionary<string, Type> Events = new()
    {
        [FeatureEvents.WorkflowCompleted] = typeof(AgentReport),
        [FeatureEvents.SlotGranted] = typeof(SlotGrant),
        [FeatureEvents.Command] = typeof(FeatureCommand),
    };

    public static IEnumerable<string> Lines()
    {
        FunctionCatalog catalog = FunctionCatalog.From(typeof(DurableEngine).Assembly);
        foreach (string name in catalog.Http.Select(f => f.Name).Concat(catalog.Timers.Select(f => f.Name)).Order(StringComparer.Ordinal))
        {
            yield return $"function {name}";
        }

        var payloads = new PayloadShapes(new JsonSerializerOptions { IncludeFields = true, TypeInfoResolver = new DefaultJsonTypeInfoResolver() });
        foreach (string name in catalog.Orchestrators.Keys.Order(StringComparer.Ordinal))
        {
            yield return $"orchestrator {name}: {payloads.Add(Inputs[name])} -> {payloads.Add(Function(name).ReturnType)}";
        }

        foreach (string name in catalog.Activities.Keys.Order(StringComparer.Ordinal))
        {
            MethodInfo method = Function(name);
            Type input = method.GetParameters().Single(p => p.IsDefined(typeof(ActivityTriggerAttribute))).ParameterType;
            yield return $"activity {name}: {payloads.Add(input)} -> {payloads.Add(method.ReturnType)}";
        }

        foreach (string name in catalog.Entities.Keys.Order(StringComparer.Ordinal))
        {
            foreach (string line in Entity(name, Function(name).DeclaringType!, payloads))
            {
                yield return line;
            }
        }

        foreach (FieldInfo name in typeof(FeatureEvents).GetFields(BindingFlags.Public | BindingFlags.Static).OrderBy(f => f.Name, StringComparer.Ordinal))
        {
            string value = (string)name.GetRawConstantValue()!;
            yield return $"event {value}: {payloads.Add(Events[value])}";
        }

        yield return $"instance of feature 104: {FeatureEvents.InstanceId(104)}";
        yield return $"instance of the sweep: {SweepOrchestrator.InstanceId}";
        yield return $"instance of the limiter: {SlotLimiter.Id}";
        yield return $"queue id of phase 2 of feature 104: {QueueId.Format(104, 2)}";
        yield return $"adw id of attempt 1 of it: {AdwId.Of(104, 2, 1)}";
        yield return $"numbers of stored messages: {Numbers<MessageKind>(k => k <= MessageKind.Continue || k is MessageKind.TimerFired or MessageKind.StartDue)}";
        yield return $"numbers of stored timers: {Numbers<TimerKind>(_ => true)}";
        yield return $"numbers of history events: {Numbers<HistoryKind>(_ => true)}";
        var sample = new FeatureCommand(7, CommandKind.AddPhase) { Phase = 2, Rule = new PhaseRule { DependsOn = [1], Timeout = TimeSpan.FromHours(1) } };
        yield return $"a payload: {JsonDataConverter.Default.Serialize(sample)}";
        yield return $"a column: {StoreJson.Write(sample)}";
        yield return "payloads, by the names of their members";
        foreach (string line in payloads.Lines())
        {
            yield return line;
        }

        var columns = new PayloadShapes(new JsonSerializerOptions
        {
            PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
            Converters = { new JsonStringEnumConverter() },
            TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
        });
        foreach (Type stored in (Type[])[typeof(PhasePlan), typeof(PhaseState), typeof(InboxPosition), typeof(AgentReport), typeof(FeatureCommand), typeof(AgentUsage)])
        {
            columns.Add(stored);
        }

        yield return "columns that hold JSON, by the names of its members";
        foreach (string line in columns.Lines())
        {
            yield return line;
        }
    }

    private static IEnumerable<string> Entity(string name, Type type, PayloadShapes payloads)
    {
        Type state = type.BaseType!.GetGenericTypeDefinition() == typeof(TaskEntity<>)
            ? type.BaseType.GetGenericArguments()[0]
            : throw new InvalidOperationException($"{name} is no TaskEntity.");
        yield return $"entity {name}: {payloads.Add(state)}";
        foreach (MethodInfo operation in type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
            .Where(m => !m.IsDefined(typeof(FunctionAttribute))).OrderBy(m => m.Name, StringComparer.Ordinal))
        {
            yield return $"operation {name}.{operation.Name}: {string.Join(", ", operation.GetParameters().Select(p => payloads.Add(p.ParameterType)))}"
                + $" -> {payloads.Add(operation.ReturnType)}";
        }
    }

    private static MethodInfo Function(string name) => typeof(DurableEngine).Assembly.GetTypes()
        .SelectMany(t => t.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly))
        .Single(m => m.GetCustomAttribute<FunctionAttribute>()?.Name == name);

    private static string Numbers<T>(Func<T, bool> which)
        where T : struct, Enum =>
        string.Join(", ", Enum.GetValues<T>().Where(which).Select(v => $"{v} = {Convert.ToInt64(v, System.Globalization.CultureInfo.InvariantCulture)}"));
}
