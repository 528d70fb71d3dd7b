using System.Collections.Immutable;
using PhaseFlow.Core.Plans;
using PhaseFlow.Core.Runs;

namespace PhaseFlow.Functions.Storage;

/// <summary>A client's key for a submission, and a digest of what it was first used with.</summary>
public sealed record IdempotencyKey(string Key, string BodyDigest);

/// <summary>How a submission ended.</summary>
public enum CreationResult
{
    Created,

    /// <summary>The key was used before with the same body: this is the feature of then.</summary>
    Repeated,

    /// <summary>The key was used before with another body.</summary>
    KeyReused,

    /// <summary>There is a feature with the id that was asked for, or there was one.</summary>
    IdTaken,
}

/// <summary>The feature that a submission made or found.</summary>
public sealed record FeatureCreation(CreationResult Result, int FeatureId);

/// <summary>A feature as stored.</summary>
public sealed record StoredFeature
{
    /// <summary>The plan, its id set. In lists the contents of its phases are left empty.</summary>
    public required FeaturePlan Plan { get; init; }

    /// <summary>The run as last published.</summary>
    public required FeatureRun Run { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>When each phase's row last changed, by phase number.</summary>
    public required ImmutableSortedDictionary<int, DateTimeOffset> PhaseUpdatedAt { get; init; }
}

/// <summary>One phase, and what its issue and its agent need to know of its feature.</summary>
/// <param name="Feature">The feature, its phases left empty.</param>
/// <param name="TotalPhases">How many phases it has.</param>
/// <param name="Phase">The phase, with its content.</param>
/// <param name="Dependencies">The titles of the phases that it depends on.</param>
public sealed record PhaseBrief(FeaturePlan Feature, int TotalPhases, PhasePlan Phase, ImmutableSortedDictionary<int, string> Dependencies);

/// <summary>Which features to list.</summary>
/// <param name="Status">Only this status; null for all.</param>
/// <param name="Text">Only those whose title, description or repository contains it, whatever the case; null for all.</param>
/// <param name="Cursor">Where the page before ended; null for the first.</param>
/// <param name="Limit">1 to 200.</param>
public sealed record FeatureFilter(FeatureStatus? Status, string? Text, string? Cursor, int Limit);

/// <summary>A page of a list.</summary>
/// <param name="Items">The rows.</param>
/// <param name="NextCursor">Reads the next page; null at the end.</param>
/// <param name="Total">How many rows match, over all pages.</param>
public sealed record Page<T>(ImmutableArray<T> Items, string? NextCursor, int Total);

/// <summary>What an orchestration starts from.</summary>
public sealed record LoadedRun(FeatureRun Run, ImmutableArray<InboxEntry> Inbox);

/// <summary>An accepted report or command, as stored. One of the two is set.</summary>
public sealed record InboxEntry(int FeatureId, long Seq, DateTimeOffset ReceivedAt)
{
    public AgentReport? Report { get; init; }

    public FeatureCommand? Command { get; init; }
}

/// <summary>What became of an inbox entry.</summary>
public sealed record InboxSettlement(long Seq, MessageOutcome Outcome, string? Reason);

/// <summary>What changed in a run since it was published last.</summary>
/// <param name="FeatureId">The feature.</param>
/// <param name="Version">The version of the run.</param>
/// <param name="Status">The feature's status.</param>
/// <param name="Cancelling">Whether it is being cancelled.</param>
/// <param name="Inbox">What it has applied.</param>
/// <param name="Phases">The rows that changed.</param>
/// <param name="Settled">The inbox entries that were applied or refused.</param>
public sealed record RunPublication(
    int FeatureId,
    long Version,
    FeatureStatus Status,
    bool Cancelling,
    InboxPosition Inbox,
    ImmutableArray<PhaseState> Phases,
    ImmutableArray<InboxSettlement> Settled)
{
    /// <summary>The version that it builds on; null in what was recorded before there was one, which builds on any older one.</summary>
    public long? Base { get; init; }

    /// <summary>Whether it follows the version that is stored, or repeats it. If not, its run has forgotten what is stored.</summary>
    public bool Follows(long stored) => Version == stored || (Base is { } known ? known == stored : Version > stored);
}

/// <summary>An attempt that is about to be launched.</summary>
public sealed record AttemptStart(int FeatureId, int PhaseNumber, int Attempt, string AdwId, string WorkflowType);

/// <summary>How far an attempt has come, as the launcher and the webhook see it.</summary>
public enum AttemptStatus
{
    /// <summary>It may be launched, or works.</summary>
    Live,

    /// <summary>It is over: it reported, was stopped, or was never to be launched.</summary>
    Closed,
}

/// <summary>An attempt as stored.</summary>
public sealed record AttemptRecord
{
    public required string QueueId { get; init; }

    public required int FeatureId { get; init; }

    public required int PhaseNumber { get; init; }

    public required int Attempt { get; init; }

    public required string AdwId { get; init; }

    public required string WorkflowType { get; init; }

    public AttemptStatus Status { get; init; }

    public required DateTimeOffset LaunchedAt { get; init; }

    public DateTimeOffset? HeartbeatAt { get; init; }

    /// <summary>When its terminal report was received.</summary>
    public DateTimeOffset? ReportedAt { get; init; }

    /// <summary>What the report said; null until then.</summary>
    public bool? Completed { get; init; }

    public string? Error { get; init; }

    public AgentUsage? Usage { get; init; }
}

/// <summary>A report that has passed its signature check.</summary>
/// <param name="DeliveryId">The <c>webhook-id</c>.</param>
/// <param name="FeatureId">The feature.</param>
/// <param name="QueueId">The phase.</param>
/// <param name="AdwIdMatches">Whether it names the agent that the attempt was given to; another one's word is stale.</param>
/// <param name="Report">What it says; its <c>Seq</c> is given by the store.</param>
/// <param name="Body">The raw body, kept as evidence.</param>
public sealed record ReceivedReport(
    string DeliveryId, int FeatureId, string QueueId, bool AdwIdMatches, AgentReport Report, string Body);

/// <summary>The answer to a report.</summary>
public enum ReceiptResult
{
    Accepted,
    Duplicate,
    Stale,
}

/// <summary>The answer to a report, with the inbox entry to raise where there is one.</summary>
public sealed record ReportReceipt(ReceiptResult Result, InboxEntry? Entry);

/// <summary>One entry of the change feed.</summary>
/// <param name="Cursor">Its place, growing.</param>
/// <param name="Type"><c>feature_changed</c>, <c>phase_changed</c>, <c>report_received</c> or <c>feature_removed</c>.</param>
/// <param name="FeatureId">The feature.</param>
/// <param name="QueueId">The phase, where it is about one.</param>
/// <param name="At">When it was stored (UTC).</param>
/// <param name="Data">What is new, as JSON in the shape of the HTTP contract.</param>
public sealed record Change(long Cursor, string Type, int FeatureId, string? QueueId, DateTimeOffset At, string Data);

/// <summary>A page of the change feed.</summary>
/// <param name="Changes">The entries.</param>
/// <param name="Cursor">Where to go on.</param>
public sealed record ChangePage(ImmutableArray<Change> Changes, long Cursor)
{
    /// <summary>Whether the cursor that was read from lies before what is kept, so that changes after it are gone, or beyond the end, so that it is of another feed.</summary>
    public bool IsExpired { get; init; }

    /// <summary>The page of some changes after a cursor; where there are none, the end of the feed says what that means.</summary>
    public static ChangePage After(long after, IReadOnlyCollection<Change> changes, long? end)
    {
        ArgumentNullException.ThrowIfNull(changes);
        ImmutableArray<Change> page = [.. changes];
        return page.IsEmpty
            ? new ChangePage(page, Math.Min(after, end ?? after)) { IsExpired = after > end }
            : new ChangePage(page, page[^1].Cursor) { IsExpired = after > 0 && page[0].Cursor > after + 1 };
    }
}

/// <summary>A feature that has ended, and when it last changed.</summary>
public sealed record EndedFeature(int FeatureId, DateTimeOffset EndedAt);

/// <summary>A feature that was taken out of the store, and what it may have left elsewhere.</summary>
/// <param name="FeatureId">The feature.</param>
/// <param name="Phases">The numbers of its phases.</param>
/// <param name="Attempts">Its attempts.</param>
public sealed record FeatureRemoval(int FeatureId, ImmutableArray<int> Phases, ImmutableArray<AttemptStart> Attempts);

/// <summary>Something was to be written about a feature or an attempt that the store does not have, or does not have any more.</summary>
public sealed class FeatureUnknownException : InvalidOperationException
{
    public FeatureUnknownException()
    {
    }

    public FeatureUnknownException(string message)
        : base(message)
    {
    }

    public FeatureUnknownException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
