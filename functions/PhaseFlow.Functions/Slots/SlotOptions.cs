using System.ComponentModel.DataAnnotations;

namespace PhaseFlow.Functions.Slots;

/// <summary>Settings of the limiter: <c>PhaseFlow__Slots__…</c>.</summary>
public sealed class SlotOptions
{
    public const string Section = "PhaseFlow:Slots";

    /// <summary>How many agents may work at once, over all features. Default 3; 1 to 10,000.</summary>
    [Range(1, 10_000)]
    public int Capacity { get; set; } = 3;
}
