using Microsoft.Extensions.Options;
using PhaseFlow.Core.Telemetry;
using PhaseFlow.Core.Webhooks;

namespace PhaseFlow.Functions.Webhooks;

/// <summary>The secrets that the agents of attempts sign with.</summary>
public sealed class WebhookSecrets
{
    private readonly byte[] _current;
    private readonly byte[]? _previous;

    /// <exception cref="OptionsValidationException">A key is missing, is not base64 or is too short.</exception>
    public WebhookSecrets(IOptions<WebhookOptions> options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _current = Read(options.Value.MasterKey, nameof(WebhookOptions.MasterKey));
        _previous = string.IsNullOrWhiteSpace(options.Value.PreviousMasterKey)
            ? null
            : Read(options.Value.PreviousMasterKey, nameof(WebhookOptions.PreviousMasterKey));
        Traces = new TraceIds(_current);
    }

    /// <summary>The ids of traces: derived from the same key, so that no other PhaseFlow has them.</summary>
    public TraceIds Traces { get; }

    /// <summary>The secret as an agent is given it: <c>whsec_</c> and base64.</summary>
    public string SecretText(string queueId, int attempt) => AttemptSecret.ToText(CurrentSecretOf(queueId, attempt));

    /// <summary>The secrets that a report of the attempt may be signed with: that of the current master key, and of the one before it.</summary>
    public IReadOnlyList<byte[]> SecretsOf(string queueId, int attempt) => _previous is null
        ? [CurrentSecretOf(queueId, attempt)]
        : [CurrentSecretOf(queueId, attempt), AttemptSecret.Derive(_previous, queueId, attempt)];

    /// <summary>The secret that a report of the attempt is signed with now.</summary>
    public byte[] CurrentSecretOf(string queueId, int attempt) => AttemptSecret.Derive(_current, queueId, attempt);

    private static byte[] Read(string text, string name)
    {
        string setting = $"PhaseFlow__Webhooks__{name}";
        var key = new byte[text.Length];
        return string.IsNullOrWhiteSpace(text) ? throw Invalid($"{setting} is not set: it needs the base64 of at least {AttemptSecret.MinMasterKeyLength} random bytes.")
            : !Convert.TryFromBase64String(text.Trim(), key, out int length) ? throw Invalid($"{setting} is not base64.")
            : length < AttemptSecret.MinMasterKeyLength
                ? throw Invalid($"{setting} holds {length} bytes; it needs at least {AttemptSecret.MinMasterKeyLength}.")
            : key[..length];
    }

    private static OptionsValidationException Invalid(string message) => new(WebhookOptions.Section, typeof(WebhookOptions), [message]);
}
