using PhaseFlow.Functions.Azure.Tables;
using PhaseFlow.Functions.Http;
using PhaseFlow.Functions.Issues;
using PhaseFlow.Functions.Tests.Storage;

namespace PhaseFlow.Functions.Tests.Issues;

public sealed class TablesIssueTrackerTests : OwnIssueTrackerContract, IAsyncLifetime
{
    private readonly TablesAccount _account = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _account.DeleteAsync();

    protected override async Task<IIssueTracker> OpenAsync() =>
        new TablesIssueTracker(await _account.OpenAsync(), new Address(), TimeProvider.System);

    private sealed class Address : IPublicAddress
    {
        public string Url => "https://example.azurewebsites.net";
    }
}
