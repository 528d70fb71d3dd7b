namespace PhaseFlow.Functions.Queue;

/// <summary>Words about a phase that a path names.</summary>
public static class PhaseRef
{
    private const int MaxShown = 40;

    public static string Unknown(string? queueId) => $"There is no phase {Show(queueId)}.";

    /// <summary>The name, cut where it is too long to be one.</summary>
    public static string Show(string? queueId) => queueId is { Length: > MaxShown } ? queueId[..MaxShown] + "…" : queueId ?? "";
}
