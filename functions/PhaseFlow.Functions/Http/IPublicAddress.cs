namespace PhaseFlow.Functions.Http;

/// <summary>Where agents and people reach this app.</summary>
public interface IPublicAddress
{
    /// <summary>Scheme, host and port without a slash at the end; empty until the host listens.</summary>
    string Url { get; }
}
