using PhaseFlow.Core.Slots;

namespace PhaseFlow.Core.Runs;

/// <summary>Something that the run wants done. Each is idempotent by phase and attempt: it may be asked for twice.</summary>
public abstract record RunEffect;

/// <summary>Gives slots back and asks for others, in one operation.</summary>
public sealed record ExchangeSlots(SlotExchange Exchange) : RunEffect;

/// <summary>Creates the issue of the phase if it has none, and launches the agent of the attempt.</summary>
public sealed record LaunchPhase(int Phase, int Attempt, string WorkflowType) : RunEffect;

/// <summary>Stops the agent of the attempt; an attempt that was never launched must never be launched after this.</summary>
public sealed record StopAgent(int Phase, int Attempt, string WorkflowType) : RunEffect;

/// <summary>Asks for the last sign of life of the attempt's agent.</summary>
public sealed record ProbeAgent(int Phase, int Attempt, string WorkflowType) : RunEffect;

/// <summary>Tells the phase's issue how the phase ended.</summary>
public sealed record CommentOutcome(int Phase, int Attempt) : RunEffect;

/// <summary>What became of a message.</summary>
public enum MessageOutcome
{
    Applied,

    /// <summary>It speaks of an attempt that is over.</summary>
    Stale,

    /// <summary>It is a repeat, or the state does not allow it.</summary>
    Ignored,
}

/// <summary>The run after a message, and what it wants done.</summary>
public sealed record RunStep(FeatureRun Run, IReadOnlyList<RunEffect> Effects, MessageOutcome Outcome, string? Reason = null);
