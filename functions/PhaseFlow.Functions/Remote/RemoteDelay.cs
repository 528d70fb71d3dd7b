namespace PhaseFlow.Functions.Remote;

/// <summary>Another system wants to be asked later.</summary>
/// <param name="Until">When (UTC).</param>
/// <param name="Reason">Why, as the end of a sentence for a person: <c>GitHub's limit of 500 issues and comments an hour is reached</c>.</param>
public sealed record RemoteDelay(DateTimeOffset Until, string Reason);

/// <summary>Another system wants to be asked later, and has done nothing: whoever asked waits durably and asks again.</summary>
/// <remarks>An activity turns it into its result. As a failure it would use up the attempts of a phase that has nothing to do with it.</remarks>
public sealed class TryLaterException : Exception
{
    public TryLaterException(RemoteDelay delay)
        : base(delay?.Reason) => Delay = delay ?? throw new ArgumentNullException(nameof(delay));

    public TryLaterException()
        : this(new RemoteDelay(DateTimeOffset.MinValue, "another system asks to wait"))
    {
    }

    public TryLaterException(string message)
        : this(new RemoteDelay(DateTimeOffset.MinValue, message))
    {
    }

    public TryLaterException(string message, Exception innerException)
        : base(message, innerException) => Delay = new RemoteDelay(DateTimeOffset.MinValue, message);

    public RemoteDelay Delay { get; }
}
