using System.Globalization;
using PhaseFlow.Core.Runs;
using PhaseFlow.Functions.Storage;

namespace PhaseFlow.Embedded.Cli.Runs;

/// <summary>What a person asked for with <c>run</c>.</summary>
internal enum RunChoice
{
    /// <summary>Pick up the unfinished run of the file, else start a new one.</summary>
    PickUp,
    Retry,
    New,
}

/// <summary>What to watch, or why there is nothing.</summary>
/// <param name="FeatureId">The feature; null where it was refused.</param>
/// <param name="Notes">Lines that tell what was found; the faults where it was refused.</param>
internal sealed record RunStartResult(int? FeatureId, IReadOnlyList<string> Notes)
{
    /// <summary>The run counts as over only once its version is above this: a retry is seen later than it is accepted.</summary>
    public long AfterVersion { get; init; } = -1;

    /// <summary>Totals count from then on; null for the feature's own beginning.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>The feature as it was when it was retried; null where it was not.</summary>
    public StoredFeature? Retried { get; init; }

    public static RunStartResult Refused(IEnumerable<string> reasons) => new(FeatureId: null, [.. reasons]);
}

/// <summary>Finds the run of a file that is to be watched, or starts it.</summary>
internal sealed class RunStart(OwnApi api, IPhaseStore store, string dataFolder, TimeProvider time)
{
    public async Task<RunStartResult> StartAsync(PlanFile file, RunChoice choice, CancellationToken cancellation)
    {
        RunRecord? record = RunRecord.Read(dataFolder, file);
        if (choice == RunChoice.New || record is null || await FindAsync(record, file, cancellation) is not { } last)
        {
            return choice == RunChoice.Retry
                ? RunStartResult.Refused([$"{file.Path}: there is no run of this file to retry"])
                : await StartNewAsync(file, record, cancellation);
        }

        if (!last.Run.Status.IsFinished())
        {
            RunStartResult pickedUp = await PickUpAsync(file, record, last, cancellation);
            return choice == RunChoice.Retry ? pickedUp with { Notes = ["the last run is not over, so there is nothing to retry", .. pickedUp.Notes] } : pickedUp;
        }

        if (choice == RunChoice.Retry)
        {
            return await RetryAsync(file, record, last, cancellation);
        }

        RunStartResult started = await SubmitAsync(file, record.Generation + 1, cancellation);
        return started.FeatureId is null || last.Run.Status == FeatureStatus.Completed ? started : started with
        {
            Notes =
            [
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"the last run of this file (feature {last.Run.FeatureId}) {(last.Run.Status == FeatureStatus.Failed ? "failed" : "was cancelled")}; a new one starts. --retry goes on with it"),
                .. started.Notes,
            ],
        };
    }

    private async Task<RunStartResult> StartNewAsync(PlanFile file, RunRecord? record, CancellationToken cancellation)
    {
        RunStartResult started = await SubmitAsync(file, (record?.Generation ?? 0) + 1, cancellation);
        StoredFeature? last = record?.FeatureId is { } id ? await store.GetFeatureAsync(id, cancellation) : null;
        return started.FeatureId is null || last is null || last.Run.Status.IsFinished() ? started : started with
        {
            Notes =
            [
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"feature {last.Run.FeatureId} of this file is still open; cancel it with: curl -X POST {api.Url}/api/v1/planned-features/{last.Run.FeatureId}/cancel"),
                .. started.Notes,
            ],
        };
    }

    // A record without a feature was written by a process that was killed while it submitted: the same key tells how far it came.
    private async Task<StoredFeature?> FindAsync(RunRecord record, PlanFile file, CancellationToken cancellation)
    {
        int? id = record.FeatureId;
        if (id is null)
        {
            id = (await api.SubmitAsync(record.Text, record.KeyFor(file), cancellation)).FeatureId;
            if (id is null)
            {
                return null;
            }

            (record with { FeatureId = id }).Write(dataFolder, file);
        }

        return await store.GetFeatureAsync(id.Value, cancellation);
    }

    private async Task<RunStartResult> SubmitAsync(PlanFile file, int generation, CancellationToken cancellation)
    {
        var record = new RunRecord(generation, file.Digest, file.Text, FeatureId: null);
        record.Write(dataFolder, file);
        ApiAnswer answer = await api.SubmitAsync(file.Text, record.KeyFor(file), cancellation);
        if (answer.FeatureId is not { } id)
        {
            return RunStartResult.Refused(answer.Problem!.Lines(file.Path));
        }

        (record with { FeatureId = id }).Write(dataFolder, file);
        return new RunStartResult(id, []);
    }

    private async Task<RunStartResult> PickUpAsync(PlanFile file, RunRecord record, StoredFeature last, CancellationToken cancellation)
    {
        int id = last.Run.FeatureId;
        int completed = last.Run.Phases.Values.Count(p => p.Status == PhaseStatus.Completed);
        List<string> notes =
        [
            string.Create(CultureInfo.InvariantCulture, $"picking up the unfinished run of {file.Path}: feature {id}, {completed} of {last.Run.Phases.Count} phases completed"),
        ];
        if (record.Digest != file.Digest)
        {
            notes.Add($"{file.Path} has changed since: the run goes on with the plan that it was started with; --new starts the new one");
        }

        if (last.Run.Status == FeatureStatus.Planned)
        {
            // Stored, and the process was killed before it was started. A refusal says that it is started by now.
            await api.CommandAsync(id, "execute", cancellation);
        }

        if (last.Run.Status == FeatureStatus.Suspended)
        {
            notes.Add(string.Create(CultureInfo.InvariantCulture, $"the feature is suspended: POST /api/v1/planned-features/{id}/resume lets it go on"));
        }

        return new RunStartResult(id, notes);
    }

    private async Task<RunStartResult> RetryAsync(PlanFile file, RunRecord record, StoredFeature last, CancellationToken cancellation)
    {
        int id = last.Run.FeatureId;
        DateTimeOffset since = time.GetUtcNow();
        ApiAnswer answer = await api.CommandAsync(id, "retry", cancellation);
        if (answer.Problem is { } problem)
        {
            return RunStartResult.Refused(problem.Lines(file.Path));
        }

        List<string> notes = [string.Create(CultureInfo.InvariantCulture, $"retrying feature {id}: what is completed is kept")];
        if (record.Digest != file.Digest)
        {
            notes.Add($"{file.Path} has changed since: the retry follows the plan that the run was started with; --new starts the new one");
        }

        return new RunStartResult(id, notes) { AfterVersion = last.Run.Version, Since = since, Retried = last };
    }
}
