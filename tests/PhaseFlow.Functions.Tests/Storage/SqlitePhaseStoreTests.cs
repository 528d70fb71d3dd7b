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

    [Theory]
    [InlineData("SELECT id FROM features WHERE status IN ('InProgress', 'Suspended') ORDER BY id")]
    [InlineData("SELECT id FROM features WHERE status = ?1 AND id < ?2 ORDER BY id DESC LIMIT 10")]
    [InlineData("SELECT number FROM phases WHERE feature_id = ?1 ORDER BY number")]
    [InlineData("SELECT seq FROM inbox WHERE outcome IS NULL AND received_at < ?1 ORDER BY received_at, feature_id, seq")]
    [InlineData("SELECT seq FROM inbox WHERE feature_id = ?1 AND outcome IS NULL ORDER BY seq")]
    [InlineData("SELECT queue_id FROM attempts WHERE feature_id = ?1 ORDER BY phase_number, attempt")]
    [InlineData("SELECT queue_id FROM attempts WHERE status = 'Live'")]
    [InlineData("UPDATE attempts SET status = 'Closed' WHERE queue_id = ?1 AND attempt <= ?2 AND status = 'Live'")]
    [InlineData("SELECT seq FROM reports WHERE queue_id = ?1 AND attempt = ?2 AND (delivery_id = ?3 OR from_agent = 1)")]
    [InlineData("SELECT cursor FROM changes WHERE cursor > ?1 ORDER BY cursor LIMIT 10")]
    public async Task Schema_WhenARouteReads_HasAnIndexForIt(string sql)
    {
        await OpenAsync();

        List<string> plan = await _database!.ReadAsync(session => session.Query(
            "EXPLAIN QUERY PLAN " + sql, row => row.GetString(3), new object?[sql.Count(c => c == '?')]));

        // The open features are few, and their index holds them alone.
        Assert.DoesNotContain(plan, step => step.StartsWith("SCAN", StringComparison.Ordinal)
            && !step.Contains("features_open", StringComparison.Ordinal) && !step.Contains("attempts_live", StringComparison.Ordinal));
    }

    protected override Task<IPhaseStore> OpenAsync()
    {
        _database = SqliteDatabase.Open(_folder.Database, NullLoggerFactory.Instance);
        return Task.FromResult<IPhaseStore>(new SqlitePhaseStore(_database, TimeProvider.System));
    }
}
