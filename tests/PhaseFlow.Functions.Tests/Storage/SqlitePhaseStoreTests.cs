using Microsoft.Extensions.Logging.Abstractions;
using PhaseFlow.Core.Plans;
using PhaseFlow.Core.Runs;
using PhaseFlow.Embedded.Storage;
using PhaseFlow.Functions.Storage;

namespace PhaseFlow.Functions.Tests.Storage;

public sealed class SqlitePhaseStoreTests : PhaseStoreContract, IAsyncLifetime, IDisposable
{
    private readonly TempFolder _folder = new();
    private SqliteDatabase? _database;

    public Task InitializeAsync() => Task.CompletedTask;

    public void Dispose() => _folder.Dispose();

    public async Task DisposeAsync()
    {
        if (_database is not null)
        {
            await _database.DisposeAsync();
        }
    }

    [Fact]
    public async Task Open_WhenTheFileWasWrittenBefore_HasEverything()
    {
        IPhaseStore store = await OpenAsync();
        var now = new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
        var plan = new FeaturePlan { Id = 7, Title = "Keep me", Phases = [new PhasePlan { Number = 1, Title = "One", Content = "Do." }] };
        await store.CreateFeatureAsync(plan, new IdempotencyKey("k", "d"), now, CancellationToken.None);
        InboxEntry entry = await store.ReceiveCommandAsync(7, new FeatureCommand(0, CommandKind.Execute), now, CancellationToken.None);
        ChangePage changes = await store.ReadChangesAsync(0, 10, CancellationToken.None);
        await _database!.DisposeAsync();

        IPhaseStore again = await OpenAsync();

        Assert.Equal(plan, (await again.GetFeatureAsync(7, CancellationToken.None))!.Plan);
        Assert.Equal([entry], (await again.LoadRunAsync(7, CancellationToken.None))!.Inbox.AsEnumerable());
        Assert.Equal(changes.Changes.AsEnumerable(), (await again.ReadChangesAsync(0, 10, CancellationToken.None)).Changes);
        Assert.Equal(
            CreationResult.Repeated,
            (await again.CreateFeatureAsync(plan, new IdempotencyKey("k", "d"), now, CancellationToken.None)).Result);
    }

    [Fact]
    public async Task Open_WhenTheFileIsOfBeforeCaps_KeepsItsFeaturesWithoutOne()
    {
        SchemaMigration[] before = [.. SchemaMigrations.All.TakeWhile(m => m.Subject != "spend")];
        await using (SqliteDatabase old = SqliteDatabase.Open(_folder.Database, before, NullLoggerFactory.Instance))
        {
            await old.WriteAsync(session => session.Execute(
                """
                INSERT INTO features (id, title, description, priority, status, created_at, updated_at, search)
                VALUES (7, 'Keep me', '', 50, 'Planned', 0, 0, 'keep me')
                """));
        }

        IPhaseStore store = await OpenAsync();
        await store.CreateFeatureAsync(new FeaturePlan { Title = "New", MaxCostUsd = 0.5m, Phases = [] }, null, TimeProvider.System.GetUtcNow(), CancellationToken.None);

        StoredFeature kept = (await store.GetFeatureAsync(7, CancellationToken.None))!;
        Assert.Equal(("Keep me", null, null), (kept.Plan.Title, kept.Plan.MaxCostUsd, kept.Run.MaxCostUsd));
        Assert.Equal(0.5m, (await store.GetFeatureAsync(8, CancellationToken.None))!.Run.MaxCostUsd);
    }

    [Theory]
    [InlineData("features_open", "SELECT title FROM features INDEXED BY features_open WHERE status IN ('InProgress', 'Suspended') ORDER BY id")]
    [InlineData("features_by_status", "SELECT title FROM features WHERE status = ?1 AND id < ?2 ORDER BY id DESC LIMIT 10")]
    [InlineData("PRIMARY KEY", "SELECT plan FROM phases WHERE feature_id = ?1 ORDER BY number")]
    [InlineData("inbox_open_by_feature", "SELECT report FROM inbox INDEXED BY inbox_open_by_feature WHERE feature_id = ?1 AND outcome IS NULL ORDER BY seq")]
    [InlineData("attempts_by_feature", "SELECT adw_id FROM attempts WHERE feature_id = ?1 ORDER BY phase_number, attempt")]
    [InlineData("attempts_live", "SELECT adw_id FROM attempts WHERE status = 'Live'")]
    [InlineData("PRIMARY KEY", "UPDATE attempts SET status = 'Closed' WHERE queue_id = ?1 AND attempt <= ?2 AND status = 'Live'")]
    [InlineData("reports", "SELECT seq FROM reports WHERE queue_id = ?1 AND attempt = ?2 AND (delivery_id = ?3 OR from_agent = 1)")]
    [InlineData("PRIMARY KEY", "SELECT data FROM changes WHERE cursor > ?1 ORDER BY cursor LIMIT 10")]
    [InlineData("features_ended", "SELECT id, updated_at FROM features INDEXED BY features_ended WHERE status IN ('Completed', 'Failed', 'Cancelled') AND updated_at < ?1 AND (updated_at, id) > (?2, ?3) ORDER BY updated_at, id LIMIT 16")]
    [InlineData("idempotency_by_feature", "DELETE FROM idempotency WHERE feature_id = ?1")]
    [InlineData("reports", "DELETE FROM reports WHERE queue_id = ?1")]
    [InlineData("INTEGER PRIMARY KEY", "SELECT last FROM retired_ids WHERE first <= ?1 ORDER BY first DESC LIMIT 1")]
    public async Task Schema_WhenARouteReads_HasAnIndexForIt(string index, string sql)
    {
        await OpenAsync();

        string plan = string.Join('\n', await _database!.ReadAsync(session => session.Query(
            "EXPLAIN QUERY PLAN " + sql, row => row.GetString(3), new object?[sql.Count(c => c == '?')])));

        Assert.Contains(index, plan, StringComparison.Ordinal);
        Assert.DoesNotContain("TEMP B-TREE", plan, StringComparison.Ordinal);

        // A partial index holds the few open rows alone: to walk all of it is the purpose.
        Assert.True(!plan.Contains("SCAN", StringComparison.Ordinal) || index is "features_open" or "attempts_live", plan);
    }

    protected override Task<IPhaseStore> OpenAsync()
    {
        _database = SqliteDatabase.Open(_folder.Database, NullLoggerFactory.Instance);
        return Task.FromResult<IPhaseStore>(new SqlitePhaseStore(_database, TimeProvider.System));
    }
}
