using System.Text.Json;

namespace PhaseFlow.Benchmarks.Peers;

/// <summary>A launch as the driver sees it.</summary>
/// <param name="Feature">The feature's key in its system.</param>
/// <param name="Phase">The phase, from 1.</param>
/// <param name="Attempt">The attempt, where the system has more than one.</param>
/// <param name="Token">What the completion names the launch by.</param>
/// <param name="Secret">What the completion is signed with, where it is.</param>
/// <param name="At">The time stamp of its arrival.</param>
internal sealed record Launch(string Feature, int Phase, int Attempt, string Token, string? Secret, long At);

/// <summary>Where a peer runs for one round.</summary>
/// <param name="Folder">Its data, on a disk.</param>
/// <param name="LaunchUrl">Where it posts its launches.</param>
/// <param name="Capacity">The most features at once.</param>
/// <param name="Http">The driver's client.</param>
internal sealed record PeerSite(string Folder, Uri LaunchUrl, int Capacity, HttpClient Http);

/// <summary>A durable system that runs the work, in processes of its own.</summary>
internal interface IPeer : IAsyncDisposable
{
    string Name { get; }

    /// <summary>Its version, and when it calls something stored.</summary>
    string Durability { get; }

    /// <summary>The processes that it consists of; what they start counts with them.</summary>
    IReadOnlyList<ServerProcess> Processes { get; }

    Task StartAsync(PeerSite site);

    /// <summary>Says what is to be done, where the system must know before it begins. It is not measured.</summary>
    Task<string> SubmitAsync(int phases);

    /// <summary>Begins a feature.</summary>
    Task BeginAsync(string feature, int phases);

    /// <summary>What a launch says.</summary>
    Launch Read(JsonElement launch, long at);

    /// <summary>The request that completes a phase.</summary>
    HttpRequestMessage Completion(Launch launch);

    /// <summary>Waits until the system itself says that a feature is over; what is wrong then, if anything.</summary>
    Task<string?> EndAsync(string feature, int phases);

    /// <summary>How many transactions have been written, by the system's own count; null where it has none.</summary>
    Task<long?> TransactionsAsync();
}
