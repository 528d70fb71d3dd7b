namespace PhaseFlow.Functions.Http;

/// <summary>Where agents and people reach this app.</summary>
public interface IPublicAddress
{
    /// <summary>Scheme, host and port without a slash at the end; empty until the host listens.</summary>
    string Url { get; }

    /// <summary>Where this process reaches itself, in the same form: a proxy in front of it need not let it through.</summary>
    string OwnUrl => Url;
}
