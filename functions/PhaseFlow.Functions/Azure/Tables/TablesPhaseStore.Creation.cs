using System.Globalization;
using Azure;
using Azure.Data.Tables;
using PhaseFlow.Core.Plans;
using PhaseFlow.Core.Runs;
using PhaseFlow.Functions.Feed;
using PhaseFlow.Functions.Storage;

namespace PhaseFlow.Functions.Azure.Tables;

/// <content>How features are created, once for each key.</content>
internal sealed partial class TablesPhaseStore
{
    private const string Keys = "keys";

    public async Task<FeatureCreation> CreateFeatureAsync(
        FeaturePlan plan, IdempotencyKey? idempotency, DateTimeOffset now, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(plan);
        if (plan.Id is not null)
        {
            return await CreateAsync();
        }

        await _creating.WaitAsync(cancellation);
        try
        {
            return await CreateAsync();
        }
        finally
        {
            _creating.Release();
        }

        Task<FeatureCreation> CreateAsync() => Conflicts.RetryAsync(
            () => idempotency is null ? CreateNewAsync(plan, now, cancellation) : CreateOnceAsync(plan, idempotency, now, cancellation), _time, cancellation);
    }

    private async Task<FeatureCreation> CreateNewAsync(FeaturePlan plan, DateTimeOffset now, CancellationToken cancellation)
    {
        string creation = NewKey();
        for (int id = plan.Id ?? await _index.NextFreeIdAsync(cancellation); ; id = await NextIdAsync(id, cancellation))
        {
            if (await TryCreateAsync(id, plan, creation, key: null, now, cancellation))
            {
                return new FeatureCreation(CreationResult.Created, id);
            }

            // Where the answer to our own write was lost, the feature is ours.
            if (await CreatorOfAsync(id, cancellation) == creation)
            {
                return new FeatureCreation(CreationResult.Created, id);
            }

            if (plan.Id is not null)
            {
                return new FeatureCreation(CreationResult.IdTaken, id);
            }
        }
    }

    /// <summary>Creates the feature of a key, or finds it.</summary>
    /// <remarks>
    /// The key cannot be written with the feature, so it is claimed first, with the id that the feature is to have; and the feature names the submission, which is
    /// derived from the key. Whoever finds a claim without its feature goes on where the first stopped, under the same id and the same name: one of them
    /// writes the feature. The claim gets another id only where that of before belongs to a stranger.
    /// </remarks>
    private async Task<FeatureCreation> CreateOnceAsync(
        FeaturePlan plan, IdempotencyKey idempotency, DateTimeOffset now, CancellationToken cancellation)
    {
        string creation = RowKeys.Digest($"{idempotency.BodyDigest}\n{idempotency.Key}");
        string row = RowKeys.Digest(idempotency.Key);
        TableEntity? claim = await _tables.Index.FindAsync(Keys, row, cancellation);
        if (claim is not null)
        {
            int claimed = FeatureIndex.IdOf(claim);
            if (claim.GetString("Digest") != idempotency.BodyDigest)
            {
                return new FeatureCreation(CreationResult.KeyReused, claimed);
            }

            if (await CreatorOfAsync(claimed, cancellation) == creation)
            {
                return new FeatureCreation(CreationResult.Repeated, claimed);
            }
        }

        int id = plan.Id ?? (claim is null ? await _index.NextFreeIdAsync(cancellation) : FeatureIndex.IdOf(claim));
        while (true)
        {
            claim = await ClaimAsync(claim, row, id, idempotency.BodyDigest, now, cancellation);
            if (await TryCreateAsync(id, plan, creation, row, now, cancellation))
            {
                return new FeatureCreation(CreationResult.Created, id);
            }

            if (await CreatorOfAsync(id, cancellation) == creation)
            {
                return new FeatureCreation(CreationResult.Repeated, id);
            }

            if (plan.Id is not null)
            {
                // The key is not used up: nothing was made with it.
                await _tables.Index.TryDeleteAsync(claim, cancellation);
                return new FeatureCreation(CreationResult.IdTaken, id);
            }

            id = await NextIdAsync(id, cancellation);
        }
    }

    /// <exception cref="RequestFailedException">A conflict: the claim is another's by now.</exception>
    private async Task<TableEntity> ClaimAsync(
        TableEntity? known, string key, int id, string digest, DateTimeOffset now, CancellationToken cancellation)
    {
        if (known is not null && FeatureIndex.IdOf(known) == id)
        {
            return known;
        }

        var row = new TableEntity(Keys, key) { ["Id"] = id, ["Digest"] = digest, ["ClaimedAt"] = now };
        Response written = known is null
            ? await _tables.Index.AddEntityAsync(row, cancellation)
            : await _tables.Index.UpdateEntityAsync(row, known.ETag, TableUpdateMode.Replace, cancellation);
        row.ETag = written.Headers.ETag ?? throw new InvalidOperationException("The service answered a write without an ETag.");
        return row;
    }

    /// <summary>Writes the feature. What comes before its own row cannot be seen without it. False where there is one of this id, or was.</summary>
    private async Task<bool> TryCreateAsync(int id, FeaturePlan plan, string creation, string? key, DateTimeOffset now, CancellationToken cancellation)
    {
        // In this order: an id is retired before its feature's row goes.
        if (await CreatorOfAsync(id, cancellation) is not null || await _index.IsRetiredAsync(id, cancellation))
        {
            return false;
        }

        string planKey = NewKey();
        RowGroup rows = await StagePhasesAsync(id, planKey, plan.Phases, now, cancellation);
        rows.Say(ChangePayload.FeatureChanged, null, now, ChangePayload.Of(id, FeatureStatus.Planned));
        var feature = new TableEntity(RowKeys.Partition(id), RowKeys.Feature)
        {
            ["Id"] = id,
            ["Title"] = plan.Title,
            ["Priority"] = plan.Priority,
            ["Creation"] = creation,
            ["Plan"] = planKey,
            ["Status"] = nameof(FeatureStatus.Planned),
            ["CreatedAt"] = now,
            ["UpdatedAt"] = now,
        };
        feature.SetText("Description", plan.Description);
        if (key is not null)
        {
            feature["Key"] = key;
        }

        if (plan.Repository is { } repository)
        {
            feature["Repository"] = repository;
        }

        if (plan.MaxCostUsd is { } cap)
        {
            // As text: the service has no decimals.
            feature["MaxCostUsd"] = cap.ToString(CultureInfo.InvariantCulture);
        }

        await Task.WhenAll(_index.MarkWorkAsync(id, cancellation), _index.MarkStatusAsync(id, FeatureStatus.Planned, now, cancellation));
        return await _writer.TryCreateAsync(id, feature, rows, cancellation);
    }

    /// <summary>Which submission made a feature; null where there is none, and empty where it was taken out.</summary>
    private async Task<string?> CreatorOfAsync(int id, CancellationToken cancellation) =>
        await _tables.Features.FindAsync(RowKeys.Partition(id), RowKeys.Feature, cancellation, ["Creation", "Removing"]) is not { } row ? null
        : row.GetBoolean("Removing") == true ? ""
        : row.GetString("Creation");

    /// <summary>The id to try after one that was taken in the meantime.</summary>
    private async Task<int> NextIdAsync(int taken, CancellationToken cancellation)
    {
        int next = await _index.NextFreeIdAsync(cancellation);
        return next > taken || taken == int.MaxValue ? next : taken + 1;
    }
}
