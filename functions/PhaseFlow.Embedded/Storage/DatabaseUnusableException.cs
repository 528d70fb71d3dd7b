namespace PhaseFlow.Embedded.Storage;

/// <summary>The database cannot be used, at the start or any more. The message is one line for a person to act on.</summary>
internal sealed class DatabaseUnusableException : Exception
{
    public DatabaseUnusableException(string message)
        : base(message)
    {
    }

    public DatabaseUnusableException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
