namespace PhaseFlow.Functions.GitHub;

/// <summary>GitHub cannot or will not do what it was asked. The message is for a person, on one line, and shows no secret.</summary>
public sealed class GitHubException : Exception
{
    public GitHubException()
    {
    }

    public GitHubException(string message)
        : base(message)
    {
    }

    public GitHubException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Whether it has refused, so that nothing has happened; false where nobody knows.</summary>
    public bool IsRefusal { get; init; }
}
