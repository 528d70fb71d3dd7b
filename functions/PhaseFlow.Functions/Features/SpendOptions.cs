using Microsoft.Extensions.Options;
using PhaseFlow.Core.Plans;

namespace PhaseFlow.Functions.Features;

/// <summary>Settings of the cap on spend: <c>PhaseFlow__Spend__…</c>.</summary>
public sealed class SpendOptions
{
    public const string Section = "PhaseFlow:Spend";

    /// <summary>
    /// What a feature that names no cap of its own may spend before a person is asked, in United States dollars. Default none: no cap. A feature keeps the
    /// cap that it was submitted under.
    /// </summary>
    public decimal? MaxCostUsd { get; set; }
}

/// <summary>Refuses a cap that no feature could name.</summary>
internal sealed class SpendOptionsValidator : IValidateOptions<SpendOptions>
{
    public ValidateOptionsResult Validate(string? name, SpendOptions options) =>
        options.MaxCostUsd is not { } cap || PlanValidator.IsCap(cap)
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail(FormattableString.Invariant(
                $"PhaseFlow__Spend__MaxCostUsd is {cap}: it must be more than 0 and at most {PhaseLimits.MaxCapUsd}, with at most {PhaseLimits.CapDecimals} decimals."));
}
