namespace PhaseFlow.Functions.Webhooks;

/// <summary>Settings of the webhook: <c>PhaseFlow__Webhooks__…</c>.</summary>
public sealed class WebhookOptions
{
    public const string Section = "PhaseFlow:Webhooks";

    /// <summary>Base64 of at least 32 bytes: the key that the secret of each attempt is derived from.</summary>
    public string MasterKey { get; set; } = "";

    /// <summary>The key before the last rotation: what it signs is accepted too. Empty when there is none.</summary>
    public string PreviousMasterKey { get; set; } = "";
}
