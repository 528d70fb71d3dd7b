namespace PhaseFlow.Core.Webhooks;

/// <summary>What <see cref="WebhookSignature.Verify"/> makes of a delivery; all but <see cref="Valid"/> are refused.</summary>
public enum SignatureVerdict
{
    Valid,

    /// <summary>An id, a timestamp or a signature is missing, or the id is not 1 to 256 printable ASCII characters.</summary>
    MissingHeader,

    /// <summary>The timestamp is not a count of seconds since 1970.</summary>
    MalformedTimestamp,

    /// <summary>Sent longer ago than the tolerance: perhaps replayed.</summary>
    TooOld,

    /// <summary>Sent further in the future than the tolerance: one of the clocks is wrong.</summary>
    TooNew,

    /// <summary>No signature is that of this id, timestamp and body under any of the secrets.</summary>
    NoMatch,
}
