using System.Collections.Immutable;
using System.Globalization;
using Microsoft.Extensions.Logging;
using PhaseFlow.Functions.Agents;
using PhaseFlow.Functions.Issues;

namespace PhaseFlow.Functions.GitHub;

/// <summary>Issues on GitHub, in the repository that a feature names.</summary>
/// <remarks>
/// GitHub knows no idempotency key, so each creation is preceded by a look for what an earlier try may have made. It looks through the issues with the
/// phase's own labels, a handful at most, and not through the search API: that reads an index which lags behind by seconds and up to minutes, just
/// the time in which a try is repeated, and has a limit of its own of 30 a minute. The list is read from where the issue was written.
/// </remarks>
internal sealed class GitHubIssueTracker(GitHubSettings settings, IGitHubApi api, GitHubGate gate, IssueMarks marks, ILogger<GitHubIssueTracker> log)
    : IIssueTracker, IDisposable
{
    private const int LongestTitle = 256;

    // GitHub asks for one creation after the other; and two tries at the same issue at once would not find each other.
    private readonly SemaphoreSlim _turn = new(1);

    public async Task<IssueRef> CreateAsync(IssueDraft draft, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(draft);
        await _turn.WaitAsync(cancellation);
        try
        {
            RepositoryName repository = settings.Require(draft.Repository);
            ImmutableArray<RemoteIssue> alike = await gate.ReadAsync(
                $"{repository}", () => api.ListIssuesAsync(repository, draft.Labels, cancellation));
            RemoteIssue? issue = alike.Where(i => marks.IsIn(i.Body, draft.Marker)).MinBy(i => i.Number);
            if (issue is null)
            {
                string title = draft.Title.Length <= LongestTitle ? draft.Title : $"{draft.Title[..(LongestTitle - 1)]}…";
                issue = await gate.CreateAsync(
                    $"{repository}", () => api.CreateIssueAsync(repository, title, marks.Add(draft.Body, draft.Marker), draft.Labels, cancellation));
                if (draft.Labels.Except(issue.Labels, StringComparer.OrdinalIgnoreCase).Any())
                {
                    log.LabelsDropped(issue.Number, $"{repository}");
                }
            }

            return new IssueRef(issue.Number, settings.Address.Issue(repository, issue.Number));
        }
        catch (GitHubException refusal) when (refusal.IsRefusal)
        {
            throw new AgentLaunchException($"The issue could not be created: {refusal.Message}.", refusal);
        }
        finally
        {
            _turn.Release();
        }
    }

    public async Task CommentAsync(string? repository, int number, string marker, string body, CancellationToken cancellation)
    {
        RepositoryName home = settings.Require(repository);
        string what = string.Create(CultureInfo.InvariantCulture, $"issue {number} of {home}");
        await _turn.WaitAsync(cancellation);
        try
        {
            RemoteIssue issue = await gate.ReadAsync(what, () => api.GetIssueAsync(home, number, cancellation));
            if (!IssueMarks.AnyIn(issue.Body))
            {
                // The number may come from the time before issues were on GitHub: the issue of somebody else is left alone.
                throw new GitHubException($"{what} is not PhaseFlow's: nothing is said there") { IsRefusal = true };
            }

            ImmutableArray<RemoteComment> said = await gate.ReadAsync(what, () => api.ListCommentsAsync(home, number, cancellation));
            if (!said.Any(c => marks.IsIn(c.Body, marker)))
            {
                await gate.CreateAsync(
                    what,
                    async () =>
                    {
                        await api.CreateCommentAsync(home, number, marks.Add(body, marker), cancellation);
                        return true;
                    });
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    public string UrlOf(string? repository, int number) =>
        settings.RepositoryOf(repository) is { } home ? settings.Address.Issue(home, number) : "";

    /// <summary>Reads an issue; null where there is none of that number, or it is not PhaseFlow's.</summary>
    public async Task<Issue?> GetAsync(string? repository, int number, CancellationToken cancellation)
    {
        if (settings.RepositoryOf(repository) is not { } home)
        {
            return null;
        }

        string what = string.Create(CultureInfo.InvariantCulture, $"issue {number} of {home}");
        RemoteIssue? issue = await gate.ReadAsync(what, () => FindAsync(home, number, cancellation));
        if (issue is null || !IssueMarks.AnyIn(issue.Body))
        {
            return null;
        }

        ImmutableArray<RemoteComment> said = await gate.ReadAsync(what, () => api.ListCommentsAsync(home, number, cancellation));
        return new Issue(
            number,
            settings.Address.Issue(home, number),
            $"{home}",
            issue.Title,
            IssueMarks.Remove(issue.Body),
            issue.Labels,
            issue.CreatedAt,
            [.. said.Select(c => new IssueComment(IssueMarks.Remove(c.Body), c.CreatedAt))]);
    }

    public void Dispose() => _turn.Dispose();

    private async Task<RemoteIssue?> FindAsync(RepositoryName home, int number, CancellationToken cancellation)
    {
        try
        {
            return await api.GetIssueAsync(home, number, cancellation);
        }
        catch (GitHubAnswerException answer) when (answer.Status is 404 or 410)
        {
            return null;
        }
    }
}
