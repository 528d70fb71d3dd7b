using PhaseFlow.Core.Runs;

namespace PhaseFlow.Functions.Queue;

/// <summary>The order in which the queue is shown.</summary>
public static class QueueOrder
{
    /// <summary>What works first, then the line for slots in true dispatch order, then what waits for people, for other phases, and what is over.</summary>
    public static IEnumerable<QueueRow> Sort(IEnumerable<QueueRow> rows) => rows
        .OrderBy(r => Rank(r.Status))
        .ThenBy(r => r.Status == PhaseStatus.Ready ? r.Position ?? (r.IsGranted ? 0 : int.MaxValue) : r.Slot ?? 0)
        .ThenBy(r => r.Priority)
        .ThenBy(r => r.FeatureId)
        .ThenBy(r => r.PhaseNumber);

    private static int Rank(PhaseStatus status) => status switch
    {
        PhaseStatus.Running or PhaseStatus.AwaitingAnswer => 0,
        PhaseStatus.Ready => 1,
        PhaseStatus.AwaitingApproval => 2,
        PhaseStatus.Queued => 3,
        PhaseStatus.Blocked => 4,
        _ => 5,
    };
}
