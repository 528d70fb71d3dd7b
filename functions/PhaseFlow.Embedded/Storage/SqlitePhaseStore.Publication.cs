using System.Collections.Immutable;
using PhaseFlow.Core.Plans;
using PhaseFlow.Core.Runs;
using PhaseFlow.Functions.Feed;
using PhaseFlow.Functions.Storage;

namespace PhaseFlow.Embedded.Storage;

/// <content>Runs: loaded, and published as they go on.</content>
internal sealed partial class SqlitePhaseStore
{
    public async Task<LoadedRun?> LoadRunAsync(int featureId, CancellationToken cancellation) =>
        await database.ReadAsync(
            session => session.QueryFirst($"SELECT {FeatureColumns} FROM features WHERE id = ?1", ToFeature, featureId) is { } feature
                ? new LoadedRun(WithPhases(session, feature, withContents: false).Run, OpenInbox(session, featureId))
                : null,
            cancellation);

    public Task<ImmutableArray<InboxEntry>?> PublishAsync(RunPublication publication, DateTimeOffset now, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(publication);
        return WriteAsync<ImmutableArray<InboxEntry>?>(
            session =>
            {
                Tuple<long, FeatureStatus> stored = session.QueryFirst(
                    "SELECT version, status FROM features WHERE id = ?1",
                    row => Tuple.Create(row.GetInt64(0), row.Name<FeatureStatus>(1)),
                    publication.FeatureId)
                    ?? throw new FeatureUnknownException($"Feature {publication.FeatureId} is published but not stored.");
                if (!publication.Follows(stored.Item1))
                {
                    return null;
                }

                Publish(session, publication, stored.Item2, now);
                return OpenInbox(session, publication.FeatureId);
            },
            canWait: true,
            written: null,
            cancellation);
    }

    private void Publish(SqliteSession session, RunPublication publication, FeatureStatus before, DateTimeOffset now)
    {
        int featureId = publication.FeatureId;
        foreach (PhaseState phase in publication.Phases)
        {
            PublishPhase(session, featureId, phase, now);
        }

        foreach (InboxSettlement settlement in publication.Settled)
        {
            Settle(session, featureId, settlement, now);
        }

        session.Execute(
            """
            UPDATE features SET version = ?2, cancelling = ?3, inbox = ?4, updated_at = iif(version = ?2, updated_at, ?5)
            WHERE id = ?1
            """,
            featureId,
            publication.Version,
            publication.Cancelling,
            StoreJson.Write(publication.Inbox),
            StoreJson.ToMilliseconds(now));
        if (publication.Status != before)
        {
            // Apart: an update that names an indexed column writes the index, whether the value is another or not.
            session.Execute("UPDATE features SET status = ?2 WHERE id = ?1", featureId, publication.Status.ToString());
            AddChange(session, ChangePayload.FeatureChanged, featureId, null, now, ChangePayload.Of(featureId, publication.Status));
        }
    }

    private void PublishPhase(SqliteSession session, int featureId, PhaseState phase, DateTimeOffset now)
    {
        string state = StoreJson.Write(phase);
        int changed = session.Execute(
            """
            UPDATE phases SET status = ?3, attempt = ?4, issue_number = ?5, state = ?6, updated_at = ?7
            WHERE feature_id = ?1 AND number = ?2 AND state IS NOT ?6
            """,
            featureId,
            phase.Number,
            phase.Status.ToString(),
            phase.Attempt,
            phase.IssueNumber,
            state,
            StoreJson.ToMilliseconds(now));
        if (changed == 0)
        {
            EnsurePhase(session, featureId, phase.Number);
            return;
        }

        string queueId = QueueId.Format(featureId, phase.Number);
        if (LastOver(phase.Status, phase.Attempt) is > 0 and var over)
        {
            CloseAttemptsThrough(session, queueId, over);
        }

        if (phase.Status.HoldsSlot() && FindAttempt(session, queueId, phase.Attempt) is null)
        {
            // Who sees that the phase runs can have its agent's values and report for it, even just before the launch is recorded.
            string adwId = AdwId.Of(featureId, phase.Number, phase.Attempt);
            AddAttempt(
                session, queueId, new AttemptStart(featureId, phase.Number, phase.Attempt, adwId, phase.Rule.WorkflowType), AttemptStatus.Live, now);
        }

        AddChange(session, ChangePayload.PhaseChanged, featureId, queueId, now, ChangePayload.Of(featureId, phase));
    }

    /// <summary>The last attempt that the row has left behind: a live or waiting row still has its own.</summary>
    private static int LastOver(PhaseStatus status, int attempt) => status.HoldsSlot() || status == PhaseStatus.Ready ? attempt - 1 : attempt;

    private static void EnsurePhase(SqliteSession session, int featureId, int number)
    {
        if (session.QueryFirst<long?>(
            "SELECT 1 FROM phases WHERE feature_id = ?1 AND number = ?2", row => row.GetInt64(0), featureId, number) is null)
        {
            throw new InvalidOperationException($"Phase {number} of feature {featureId} is published but not planned.");
        }
    }

    private static void Settle(SqliteSession session, int featureId, InboxSettlement settlement, DateTimeOffset now)
    {
        int settled = session.Execute(
            "UPDATE inbox SET outcome = ?3, reason = ?4, settled_at = ?5 WHERE feature_id = ?1 AND seq = ?2 AND outcome IS NULL",
            featureId,
            settlement.Seq,
            settlement.Outcome.ToString(),
            settlement.Reason,
            StoreJson.ToMilliseconds(now));
        if (settled == 0 || settlement.Outcome == MessageOutcome.Applied)
        {
            return;
        }

        // A phase whose addition the run refused is no part of the plan.
        string? command = session.QueryFirst(
            "SELECT command FROM inbox WHERE feature_id = ?1 AND seq = ?2", row => row.Text(0), featureId, settlement.Seq);
        if (StoreJson.ReadOrDefault<FeatureCommand>(command) is { Kind: CommandKind.AddPhase, Phase: { } number }
            && session.Execute("DELETE FROM phases WHERE feature_id = ?1 AND number = ?2 AND state IS NULL", featureId, number) > 0)
        {
            session.Execute("DELETE FROM phase_contents WHERE feature_id = ?1 AND number = ?2", featureId, number);
        }
    }
}
