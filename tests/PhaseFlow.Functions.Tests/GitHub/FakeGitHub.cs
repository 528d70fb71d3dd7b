using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Globalization;
using PhaseFlow.Functions.GitHub;

namespace PhaseFlow.Functions.Tests.GitHub;

/// <summary>How a call of the fake goes wrong.</summary>
/// <param name="Status">The HTTP status; 0 gives no answer.</param>
/// <param name="Message">What it says.</param>
/// <param name="Headers">Its headers.</param>
/// <param name="IsDone">Whether what was asked for has been done all the same.</param>
internal sealed record FakeFault(int Status, string Message, ImmutableDictionary<string, string>? Headers = null, bool IsDone = false)
{
    public static FakeFault RetryAfter(int seconds) => new(
        403,
        "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.",
        ImmutableDictionary<string, string>.Empty.Add("retry-after", seconds.ToString(CultureInfo.InvariantCulture)));
}

/// <summary>A GitHub in memory: what the calls would find and leave behind, without the wire.</summary>
internal sealed class FakeGitHub(TimeProvider time) : IGitHubApi
{
    public const string Home = "octo/app";

    private readonly object _gate = new();
    private readonly Dictionary<string, List<RemoteIssue>> _issues = new(StringComparer.OrdinalIgnoreCase) { [Home] = [], ["octo/other"] = [] };
    private readonly Dictionary<(string, int), List<RemoteComment>> _comments = [];
    private readonly List<(RemoteRun Run, string Workflow, DateTimeOffset CreatedAt)> _runs = [];

    /// <summary>The names of the calls, in order.</summary>
    public ConcurrentQueue<string> Calls { get; } = new();

    /// <summary>Decides by its name how a call goes wrong; null lets it through.</summary>
    public Func<string, FakeFault?> OnCall { get; set; } = _ => null;

    /// <summary>Whether the credentials may set labels.</summary>
    public bool KeepsLabels { get; set; } = true;

    public ConcurrentQueue<(string Repository, string Workflow, string Reference, IReadOnlyDictionary<string, string> Inputs)> Dispatches { get; } = new();

    public int CountOf(string call) => Calls.Count(c => c == call);

    public IReadOnlyList<RemoteIssue> IssuesOf(string repository = Home)
    {
        lock (_gate)
        {
            return [.. _issues[repository]];
        }
    }

    public IReadOnlyList<RemoteComment> CommentsOf(int number, string repository = Home)
    {
        lock (_gate)
        {
            return [.. _comments.GetValueOrDefault((repository, number), [])];
        }
    }

    /// <summary>Lets the next call of this name go wrong, once.</summary>
    public void FailOnce(string call, FakeFault fault)
    {
        int left = 1;
        OnCall = name => name == call && Interlocked.Decrement(ref left) == 0 ? fault : null;
    }

    public void EndRun(long id)
    {
        lock (_gate)
        {
            int at = _runs.FindIndex(r => r.Run.Id == id);
            _runs[at] = _runs[at] with { Run = _runs[at].Run with { IsCompleted = true, UpdatedAt = time.GetUtcNow() } };
        }
    }

    public IReadOnlyList<RemoteIssue> ListIssues(string repository, IEnumerable<string> labels) =>
        Do("ListIssues", repository, issues => (IReadOnlyList<RemoteIssue>)[.. issues.Where(i => labels.All(l => i.Labels.Contains(l, StringComparer.OrdinalIgnoreCase)))]);

    public RemoteIssue CreateIssue(string repository, string title, string body, IEnumerable<string> labels) => Do("CreateIssue", repository, issues =>
    {
        var issue = new RemoteIssue(issues.Count + 1, title, body, KeepsLabels ? [.. labels] : [], time.GetUtcNow());
        issues.Add(issue);
        return issue;
    });

    public RemoteIssue GetIssue(string repository, int number) => Do("GetIssue", repository, issues => Find(issues, number));

    public IReadOnlyList<RemoteComment> ListComments(string repository, int number) => Do("ListComments", repository, issues =>
    {
        Find(issues, number);
        return (IReadOnlyList<RemoteComment>)[.. _comments.GetValueOrDefault((repository, number), [])];
    });

    public RemoteComment CreateComment(string repository, int number, string body) => Do("CreateComment", repository, issues =>
    {
        Find(issues, number);
        if (!_comments.TryGetValue((repository, number), out List<RemoteComment>? said))
        {
            _comments[(repository, number)] = said = [];
        }

        said.Add(new RemoteComment(body, time.GetUtcNow()));
        return said[^1];
    });

    public void Dispatch(string repository, string workflow, string reference, IReadOnlyDictionary<string, string> inputs) => Do("Dispatch", repository, _ =>
    {
        if (workflow != "agent.yml")
        {
            throw new GitHubAnswerException(404, "Not Found");
        }

        Dispatches.Enqueue((repository, workflow, reference, inputs));
        var run = new RemoteRun(1000 + _runs.Count, $"agent {inputs.GetValueOrDefault("PHASEFLOW_ADW_ID")}", false, time.GetUtcNow());
        _runs.Add((run, workflow, time.GetUtcNow()));
        return true;
    });

    public IReadOnlyList<RemoteRun> ListRuns(string repository, string workflow, DateTimeOffset since) => Do(
        "ListRuns", repository, _ => (IReadOnlyList<RemoteRun>)[.. _runs.Where(r => r.Workflow == workflow && r.CreatedAt >= since).Select(r => r.Run)]);

    public void CancelRun(string repository, long run) => Do("CancelRun", repository, _ => run);

    Task<ImmutableArray<RemoteIssue>> IGitHubApi.ListIssuesAsync(RepositoryName repository, ImmutableArray<string> labels, CancellationToken cancellation) =>
        RunAsync(() => ListIssues($"{repository}", labels).ToImmutableArray());

    Task<RemoteIssue> IGitHubApi.CreateIssueAsync(
        RepositoryName repository, string title, string body, ImmutableArray<string> labels, CancellationToken cancellation) =>
        RunAsync(() => CreateIssue($"{repository}", title, body, labels));

    Task<RemoteIssue> IGitHubApi.GetIssueAsync(RepositoryName repository, int number, CancellationToken cancellation) =>
        RunAsync(() => GetIssue($"{repository}", number));

    Task<ImmutableArray<RemoteComment>> IGitHubApi.ListCommentsAsync(RepositoryName repository, int number, CancellationToken cancellation) =>
        RunAsync(() => ListComments($"{repository}", number).ToImmutableArray());

    Task IGitHubApi.CreateCommentAsync(RepositoryName repository, int number, string body, CancellationToken cancellation) =>
        RunAsync(() => CreateComment($"{repository}", number, body));

    Task IGitHubApi.DispatchAsync(
        RepositoryName repository, string workflow, string reference, IReadOnlyDictionary<string, string> inputs, CancellationToken cancellation) => RunAsync(() =>
        {
            Dispatch($"{repository}", workflow, reference, inputs);
            return true;
        });

    Task<ImmutableArray<RemoteRun>> IGitHubApi.ListRunsAsync(RepositoryName repository, string workflow, DateTimeOffset since, CancellationToken cancellation) =>
        RunAsync(() => ListRuns($"{repository}", workflow, since).ToImmutableArray());

    Task IGitHubApi.CancelRunAsync(RepositoryName repository, long run, CancellationToken cancellation) => RunAsync(() =>
    {
        CancelRun($"{repository}", run);
        return true;
    });

    // The answer comes later than the call, as from another machine.
    private static async Task<T> RunAsync<T>(Func<T> call)
    {
        await Task.Yield();
        return call();
    }

    private static RemoteIssue Find(List<RemoteIssue> issues, int number) =>
        issues.Find(i => i.Number == number) ?? throw new GitHubAnswerException(404, "Not Found");

    private T Do<T>(string call, string repository, Func<List<RemoteIssue>, T> act)
    {
        lock (_gate)
        {
            Calls.Enqueue(call);
            FakeFault? fault = OnCall(call);
            if (fault is { IsDone: false })
            {
                throw new GitHubAnswerException(fault.Status, fault.Message, fault.Headers);
            }

            T result = _issues.TryGetValue(repository, out List<RemoteIssue>? issues) ? act(issues) : throw new GitHubAnswerException(404, "Not Found");
            return fault is null ? result : throw new GitHubAnswerException(fault.Status, fault.Message, fault.Headers);
        }
    }
}
