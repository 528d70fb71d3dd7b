namespace PhaseFlow.Embedded.Hosting;

/// <summary>The host cannot start, and its message says in one line for a person why and what to do.</summary>
public sealed class HostStartException : Exception
{
    public HostStartException()
    {
    }

    public HostStartException(string message)
        : base(message)
    {
    }

    public HostStartException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
