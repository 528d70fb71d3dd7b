using System.Reflection;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.DependencyInjection;

namespace PhaseFlow.Embedded.Engine.Catalog;

/// <summary>What a function is called with, as far as it asks for it.</summary>
/// <param name="Services">Services of the call.</param>
/// <param name="Trigger">The object that the trigger gives: a context, a dispatcher, a timer's info.</param>
/// <param name="Payload">The input as JSON.</param>
/// <param name="Converter">Reads the input.</param>
/// <param name="InstanceId">The instance that calls.</param>
/// <param name="Cancellation">Cancelled when the engine stops.</param>
internal readonly record struct FunctionCall(
    IServiceProvider Services,
    object? Trigger,
    string? Payload,
    DataConverter Converter,
    string? InstanceId,
    CancellationToken Cancellation);

/// <summary>Gives a function's parameters their values: by attribute, then by type.</summary>
internal sealed class ParameterBinder
{
    private readonly Source[] _sources;

    /// <param name="method">The function.</param>
    /// <param name="trigger">The attribute of the parameter that the trigger fills.</param>
    public ParameterBinder(FunctionMethod method, Type trigger) =>
        _sources = [.. method.Parameters.Select(p => SourceOf(p, trigger))];

    private enum From
    {
        Trigger,
        Payload,
        Client,
        Cancellation,
        InstanceId,
        Service,
    }

    /// <summary>Whether a parameter is a service, so that the call needs a scope.</summary>
    public bool TakesServices => _sources.Any(s => s.From == From.Service);

    public object?[] Bind(in FunctionCall call)
    {
        var args = new object?[_sources.Length];
        for (int i = 0; i < args.Length; i++)
        {
            args[i] = Value(_sources[i], call);
        }

        return args;
    }

    private static object? Value(in Source source, in FunctionCall call) => source.From switch
    {
        From.Trigger => call.Trigger,
        From.Payload => call.Payload is null ? source.Default : call.Converter.Deserialize(call.Payload, source.Type),
        From.Client => call.Services.GetRequiredService<DurableTaskClient>(),
        From.Cancellation => call.Cancellation,
        From.InstanceId => call.InstanceId,
        _ => call.Services.GetRequiredService(source.Type),
    };

    private static Source SourceOf(ParameterInfo parameter, Type trigger)
    {
        Type type = parameter.ParameterType;
        object? fallback = type.IsValueType ? Activator.CreateInstance(type) : null;
        From from =
            parameter.IsDefined(trigger, inherit: false) ? (trigger == typeof(ActivityTriggerAttribute) ? From.Payload : From.Trigger)
            : parameter.IsDefined(typeof(DurableClientAttribute), inherit: false) ? From.Client
            : type == typeof(CancellationToken) ? From.Cancellation
            : type == typeof(string) && string.Equals(parameter.Name, "instanceId", StringComparison.OrdinalIgnoreCase) ? From.InstanceId
            : trigger == typeof(OrchestrationTriggerAttribute) ? From.Payload
            : From.Service;
        return new Source(from, type, fallback);
    }

    private readonly record struct Source(From From, Type Type, object? Default);
}
