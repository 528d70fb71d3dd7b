using System.Collections.Immutable;
using PhaseFlow.Functions.Storage;

namespace PhaseFlow.Embedded.Agents;

/// <summary>Gives the attempts whose agents may be at work, those that have reported lately among them: a restart must find them again.</summary>
internal interface ILiveAttempts
{
    Task<ImmutableArray<AttemptRecord>> ListLiveAttemptsAsync(CancellationToken cancellation);
}
