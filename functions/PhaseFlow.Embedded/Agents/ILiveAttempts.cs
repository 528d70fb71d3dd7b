using System.Collections.Immutable;
using PhaseFlow.Functions.Storage;

namespace PhaseFlow.Embedded.Agents;

/// <summary>Gives the attempts that may be at work: those that a restart must find again.</summary>
internal interface ILiveAttempts
{
    Task<ImmutableArray<AttemptRecord>> ListLiveAttemptsAsync(CancellationToken cancellation);
}
