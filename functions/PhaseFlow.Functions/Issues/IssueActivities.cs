using System.Collections.Immutable;
using System.Globalization;
using Microsoft.Azure.Functions.Worker;
using PhaseFlow.Core.Plans;
using PhaseFlow.Core.Runs;
using PhaseFlow.Functions.Remote;
using PhaseFlow.Functions.Storage;

namespace PhaseFlow.Functions.Issues;

/// <summary>The issue number of a phase that another depends on, where it has one.</summary>
public sealed record PhaseIssue(int PhaseNumber, int? IssueNumber)
{
    public static ImmutableArray<PhaseIssue> OfDependencies(FeatureRun run, PhaseState phase)
    {
        ArgumentNullException.ThrowIfNull(run);
        ArgumentNullException.ThrowIfNull(phase);
        return [.. phase.Rule.DependsOn.Order().Select(d => new PhaseIssue(d, run.Phases[d].IssueNumber))];
    }
}

/// <summary>Tells the issue of a phase how the phase ended.</summary>
/// <param name="FeatureId">The feature.</param>
/// <param name="PhaseNumber">The phase.</param>
/// <param name="Attempt">The attempt that ended it; with the phase it makes a repeat detectable.</param>
/// <param name="IssueNumber">The issue.</param>
/// <param name="Status">How it ended.</param>
/// <param name="Text">The error or the summary.</param>
/// <param name="Blocks">The phases that it blocks.</param>
public sealed record CommentRequest(
    int FeatureId, int PhaseNumber, int Attempt, int IssueNumber, PhaseStatus Status, string? Text, ImmutableArray<int> Blocks)
{
    public static CommentRequest Of(FeatureRun run, PhaseState phase)
    {
        ArgumentNullException.ThrowIfNull(run);
        ArgumentNullException.ThrowIfNull(phase);
        ImmutableArray<int> blocked = phase.Status == PhaseStatus.Completed
            ? []
            : [.. run.Phases.Values.Where(p => p.Status == PhaseStatus.Blocked && p.Rule.DependsOn.Contains(phase.Number)).Select(p => p.Number)];
        string? text = phase.Status == PhaseStatus.Completed ? phase.Summary : phase.Error;
        return new CommentRequest(run.FeatureId, phase.Number, phase.Attempt, phase.IssueNumber ?? 0, phase.Status, text, blocked);
    }

    /// <summary>The comment as markdown.</summary>
    public string ToMarkdown()
    {
        string head = Status switch
        {
            PhaseStatus.Completed => "✅ Completed",
            PhaseStatus.Cancelled => "🚫 Cancelled",
            _ => "❌ Failed",
        };
        string attempt = Attempt > 1 ? string.Create(CultureInfo.InvariantCulture, $" at attempt {Attempt}") : "";
        string blocks = Blocks.IsEmpty ? "" : $"\n\nBlocked by this: phase{(Blocks.Length == 1 ? "" : "s")} {string.Join(", ", Blocks)}.";
        return $"**{head}**{attempt}{(string.IsNullOrWhiteSpace(Text) ? "" : $"\n\n{Text}")}{blocks}";
    }
}

/// <summary>Comments on the issue of a phase that has ended.</summary>
public sealed class PostCommentActivity(IPhaseStore store, IIssueTracker tracker)
{
    /// <summary>Null where the comment is there, or the feature is not; else when to ask again.</summary>
    [Function(nameof(PostCommentActivity))]
    public async Task<RemoteDelay?> RunAsync([ActivityTrigger] CommentRequest request, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(request);
        string? repository = null;
        if (!tracker.IsLocal)
        {
            if (await store.GetPhaseBriefAsync(request.FeatureId, request.PhaseNumber, cancellation) is not { } brief)
            {
                // Without its feature nobody knows in which repository the issue is.
                return null;
            }

            repository = brief.Feature.Repository;
        }

        string marker = string.Create(
            CultureInfo.InvariantCulture, $"phaseflow:{QueueId.Format(request.FeatureId, request.PhaseNumber)}:{request.Attempt}:{request.Status}");
        try
        {
            await tracker.CommentAsync(repository, request.IssueNumber, marker, request.ToMarkdown(), cancellation);
            return null;
        }
        catch (TryLaterException later)
        {
            return later.Delay;
        }
    }
}
