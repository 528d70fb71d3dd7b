using System.Runtime.InteropServices;
using PhaseFlow.Core.Runs;
using PhaseFlow.Core.Slots;

namespace PhaseFlow.Benchmarks.Models;

/// <summary>Something that is under way in the model and may arrive next.</summary>
/// <param name="Feature">The feature that it is about, from 0.</param>
internal abstract record UnderWay(int Feature);

/// <summary>A call of the limiter.</summary>
internal sealed record ExchangeCall(int Feature, SlotExchange Exchange) : UnderWay(Feature);

/// <summary>A word to a run.</summary>
internal sealed record Word(int Feature, RunMessage Message) : UnderWay(Feature);

/// <summary>A launch that the launcher has not heard of yet.</summary>
internal sealed record LaunchCall(int Feature, LaunchPhase Launch) : UnderWay(Feature);

/// <summary>The bounds of a model.</summary>
/// <param name="Slots">How many slots there are.</param>
/// <param name="Attempts">How many attempts each phase has.</param>
/// <param name="Duplicates">How often something that has arrived may come again, at any later time.</param>
/// <param name="Reloads">How often a run may be forgotten and read again.</param>
internal sealed record ModelBounds(int Slots, int Attempts, int Duplicates, int Reloads);

/// <summary>
/// One state of the model, whole and exact: each part is its number in <see cref="ModelParts"/>, so that equal parts are equal numbers. Time stands still. How many
/// repetitions are left is told by where the state is kept.
/// </summary>
[StructLayout(LayoutKind.Sequential, Size = 16)]
internal struct ModelState
{
    public ushort Runs;

    /// <summary>What each run has not told the limiter yet.</summary>
    public ushort Unsent;

    /// <summary>What is under way.</summary>
    public int Flight;

    /// <summary>What has arrived and may come again; 0 for nothing.</summary>
    public int Arrived;

    public ushort Ledger;

    /// <summary>The attempts whose agents work, as bits.</summary>
    public byte Agents;

    /// <summary>The attempts that were launched ever, as bits.</summary>
    public byte Launched;
}
