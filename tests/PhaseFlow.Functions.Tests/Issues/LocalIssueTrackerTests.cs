using Microsoft.Extensions.Logging.Abstractions;
using PhaseFlow.Embedded.Issues;
using PhaseFlow.Embedded.Storage;
using PhaseFlow.Functions.Http;
using PhaseFlow.Functions.Issues;

namespace PhaseFlow.Functions.Tests.Issues;

public sealed class LocalIssueTrackerTests : OwnIssueTrackerContract, IAsyncLifetime, IDisposable
{
    private readonly TempFolder _folder = new();
    private SqliteDatabase? _database;

    public Task InitializeAsync() => Task.CompletedTask;

    public void Dispose() => _folder.Dispose();

    public async Task DisposeAsync()
    {
        await _database!.DisposeAsync();
    }

    [Fact]
    public async Task Create_WhenItIsTheFirst_HasNumberOneAndAnAddressHere()
    {
        IIssueTracker tracker = await OpenAsync();

        IssueRef issue = await tracker.CreateAsync(Draft("m-1"), CancellationToken.None);

        Assert.Equal(new IssueRef(1, "http://127.0.0.1:7071/api/v1/issues/1"), issue);
    }

    protected override Task<IIssueTracker> OpenAsync()
    {
        _database = SqliteDatabase.Open(_folder.Database, NullLoggerFactory.Instance);
        return Task.FromResult<IIssueTracker>(new LocalIssueTracker(_database, new Address(), TimeProvider.System));
    }

    private sealed class Address : IPublicAddress
    {
        public string Url => "http://127.0.0.1:7071";
    }
}
