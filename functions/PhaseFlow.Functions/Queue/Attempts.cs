using PhaseFlow.Functions.Storage;

namespace PhaseFlow.Functions.Queue;

/// <summary>Finds attempts among those of a feature.</summary>
public static class Attempts
{
    /// <summary>The newest attempt of a phase; null where none was made.</summary>
    public static AttemptRecord? NewestOf(IEnumerable<AttemptRecord> attempts, string queueId) =>
        attempts.Where(a => a.QueueId == queueId).MaxBy(a => a.Attempt);

    /// <summary>The attempt that an agent was given, or else the newest of the phase; null where none was made.</summary>
    public static AttemptRecord? OfAgent(IReadOnlyCollection<AttemptRecord> attempts, string queueId, string? adwId) =>
        attempts.FirstOrDefault(a => a.QueueId == queueId && a.AdwId == adwId) ?? NewestOf(attempts, queueId);
}
