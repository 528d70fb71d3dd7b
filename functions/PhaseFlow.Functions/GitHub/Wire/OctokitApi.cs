using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Globalization;
using Octokit;

namespace PhaseFlow.Functions.GitHub.Wire;

/// <summary>The calls of GitHub through Octokit.</summary>
internal sealed class OctokitApi(GitHubSettings settings, GitHubTokens tokens) : IGitHubApi
{
    private const int LargestPage = 100;
    private const int Unauthorized = 401;

    private readonly ConcurrentDictionary<string, GitHubClient> _clients = new(StringComparer.OrdinalIgnoreCase);

    public Task<ImmutableArray<RemoteIssue>> ListIssuesAsync(RepositoryName repository, ImmutableArray<string> labels, CancellationToken cancellation)
    {
        var request = new RepositoryIssueRequest { State = ItemStateFilter.All, SortProperty = IssueSort.Created, SortDirection = SortDirection.Ascending };
        foreach (string label in labels)
        {
            request.Labels.Add(label);
        }

        return CallAsync(
            repository,
            async client => (await client.Issue.GetAllForRepository(repository.Owner, repository.Name, request, Pages()))
                .Where(i => i.PullRequest is null).Select(ToIssue).ToImmutableArray(),
            cancellation);
    }

    public Task<RemoteIssue> CreateIssueAsync(
        RepositoryName repository, string title, string body, ImmutableArray<string> labels, CancellationToken cancellation)
    {
        var issue = new NewIssue(title) { Body = body };
        foreach (string label in labels)
        {
            issue.Labels.Add(label);
        }

        return CallAsync(repository, async client => ToIssue(await client.Issue.Create(repository.Owner, repository.Name, issue)), cancellation);
    }

    public Task<RemoteIssue> GetIssueAsync(RepositoryName repository, int number, CancellationToken cancellation) =>
        CallAsync(repository, async client => ToIssue(await client.Issue.Get(repository.Owner, repository.Name, number)), cancellation);

    public Task<ImmutableArray<RemoteComment>> ListCommentsAsync(RepositoryName repository, int number, CancellationToken cancellation) => CallAsync(
        repository,
        async client => (await client.Issue.Comment.GetAllForIssue(repository.Owner, repository.Name, number, Pages()))
            .Select(c => new RemoteComment(c.Body ?? "", c.CreatedAt)).ToImmutableArray(),
        cancellation);

    public Task CreateCommentAsync(RepositoryName repository, int number, string body, CancellationToken cancellation) => CallAsync(
        repository, client => client.Issue.Comment.Create(repository.Owner, repository.Name, number, body), cancellation);

    public Task DispatchAsync(
        RepositoryName repository, string workflow, string reference, IReadOnlyDictionary<string, string> inputs, CancellationToken cancellation)
    {
        var dispatch = new CreateWorkflowDispatch(reference) { Inputs = inputs.ToDictionary(i => i.Key, i => (object)i.Value) };
        return CallAsync(
            repository,
            async client =>
            {
                await client.Actions.Workflows.CreateDispatch(repository.Owner, repository.Name, workflow, dispatch);
                return true;
            },
            cancellation);
    }

    public Task<ImmutableArray<RemoteRun>> ListRunsAsync(RepositoryName repository, string workflow, DateTimeOffset since, CancellationToken cancellation)
    {
        var request = new WorkflowRunsRequest
        {
            Event = "workflow_dispatch",
            Created = $">={since.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)}",
        };
        return CallAsync(
            repository,
            async client => (await client.Actions.Workflows.Runs.ListByWorkflow(repository.Owner, repository.Name, workflow, request, Pages())).WorkflowRuns
                .Select(r => new RemoteRun(r.Id, r.DisplayTitle ?? "", r.Status.StringValue == "completed", r.UpdatedAt)).ToImmutableArray(),
            cancellation);
    }

    public Task CancelRunAsync(RepositoryName repository, long run, CancellationToken cancellation) => CallAsync(
        repository,
        async client =>
        {
            await client.Actions.Workflows.Runs.Cancel(repository.Owner, repository.Name, run);
            return true;
        },
        cancellation);

    private static ApiOptions Pages() => new() { PageSize = LargestPage };

    private static RemoteIssue ToIssue(Issue issue) =>
        new(issue.Number, issue.Title ?? "", issue.Body ?? "", [.. issue.Labels.Select(l => l.Name)], issue.CreatedAt);

    private async Task<T> CallAsync<T>(RepositoryName repository, Func<GitHubClient, Task<T>> call, CancellationToken cancellation)
    {
        GitHubClient client = _clients.GetOrAdd($"{repository}", _ => OctokitClients.Create(settings.Address, () => CredentialsAsync(repository)));
        try
        {
            return await OctokitClients.CallAsync(() => call(client), cancellation);
        }
        catch (GitHubAnswerException answer) when (answer.Status == Unauthorized && settings.App is not null)
        {
            // The token of an app may be withdrawn before its time, such as when the app gets other rights. Nothing has happened yet.
            tokens.Forget(repository);
            return await OctokitClients.CallAsync(() => call(client), cancellation);
        }
    }

    private async Task<Credentials> CredentialsAsync(RepositoryName repository) => new(await tokens.TokenForAsync(repository), AuthenticationType.Bearer);
}
