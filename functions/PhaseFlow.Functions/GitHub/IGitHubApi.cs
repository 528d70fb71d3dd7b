using System.Collections.Immutable;

namespace PhaseFlow.Functions.GitHub;

/// <summary>An issue as GitHub has it.</summary>
internal sealed record RemoteIssue(int Number, string Title, string Body, ImmutableArray<string> Labels, DateTimeOffset CreatedAt);

/// <summary>A comment as GitHub has it.</summary>
internal sealed record RemoteComment(string Body, DateTimeOffset CreatedAt);

/// <summary>A run of a workflow.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Title">What its <c>run-name</c> says.</param>
/// <param name="IsCompleted">Whether it has ended, however.</param>
/// <param name="UpdatedAt">When it changed last.</param>
internal sealed record RemoteRun(long Id, string Title, bool IsCompleted, DateTimeOffset UpdatedAt);

/// <summary>The calls of GitHub that are needed, and nothing of when and why they are made.</summary>
/// <remarks>Each throws <see cref="GitHubAnswerException"/> where GitHub does not do it.</remarks>
internal interface IGitHubApi
{
    /// <summary>The issues with all of the labels, open and closed, over all pages; no pull requests.</summary>
    Task<ImmutableArray<RemoteIssue>> ListIssuesAsync(RepositoryName repository, ImmutableArray<string> labels, CancellationToken cancellation);

    Task<RemoteIssue> CreateIssueAsync(RepositoryName repository, string title, string body, ImmutableArray<string> labels, CancellationToken cancellation);

    Task<RemoteIssue> GetIssueAsync(RepositoryName repository, int number, CancellationToken cancellation);

    /// <summary>The comments of an issue, oldest first, over all pages.</summary>
    Task<ImmutableArray<RemoteComment>> ListCommentsAsync(RepositoryName repository, int number, CancellationToken cancellation);

    Task CreateCommentAsync(RepositoryName repository, int number, string body, CancellationToken cancellation);

    /// <summary>Starts a run of a workflow, named by its file.</summary>
    Task DispatchAsync(
        RepositoryName repository, string workflow, string reference, IReadOnlyDictionary<string, string> inputs, CancellationToken cancellation);

    /// <summary>The runs of a workflow that were dispatched since a moment, over all pages.</summary>
    Task<ImmutableArray<RemoteRun>> ListRunsAsync(RepositoryName repository, string workflow, DateTimeOffset since, CancellationToken cancellation);

    Task CancelRunAsync(RepositoryName repository, long run, CancellationToken cancellation);
}

/// <summary>A token of an installation of an app.</summary>
internal sealed class InstallationToken(string token, DateTimeOffset expiresAt)
{
    public string Token { get; } = token;

    public DateTimeOffset ExpiresAt { get; } = expiresAt;
}

/// <summary>What an app asks of GitHub as itself.</summary>
/// <remarks>Each throws <see cref="GitHubAnswerException"/> where GitHub does not do it.</remarks>
internal interface IGitHubAppApi
{
    /// <summary>The installation of the app that may see a repository.</summary>
    Task<long> FindInstallationAsync(RepositoryName repository);

    Task<InstallationToken> CreateTokenAsync(long installation);
}

/// <summary>GitHub's answer where it is not what was asked for, or that there was none.</summary>
public sealed class GitHubAnswerException : Exception
{
    /// <param name="status">The HTTP status; 0 where no answer came.</param>
    /// <param name="message">What GitHub says, or why no answer came.</param>
    /// <param name="headers">The headers; their names in any case.</param>
    public GitHubAnswerException(int status, string message, IEnumerable<KeyValuePair<string, string>>? headers = null)
        : base(message)
    {
        Status = status;
        foreach ((string name, string value) in headers ?? [])
        {
            Headers[name] = value;
        }
    }

    public GitHubAnswerException()
    {
    }

    public GitHubAnswerException(string message)
        : base(message)
    {
    }

    public GitHubAnswerException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    public int Status { get; }

    public Dictionary<string, string> Headers { get; } = new(StringComparer.OrdinalIgnoreCase);
}
