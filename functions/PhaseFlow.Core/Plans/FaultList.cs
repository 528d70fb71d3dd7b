using System.Collections.Immutable;
using System.Globalization;

namespace PhaseFlow.Core.Plans;

/// <summary>Collects faults and keeps the list within <see cref="PlanValidator.MaxFaults"/>.</summary>
internal sealed class FaultList
{
    private readonly List<PlanFault> _faults = [];

    public IReadOnlyList<PlanFault> All => _faults;

    public void Add(string code, FormattableString message, string pointer) =>
        _faults.Add(new PlanFault(code, message.ToString(CultureInfo.InvariantCulture)) { Pointer = pointer });

    public void Add(string code, FormattableString message, int line, int column) =>
        _faults.Add(new PlanFault(code, message.ToString(CultureInfo.InvariantCulture)) { Line = line, Column = column });

    public void AddRange(IEnumerable<PlanFault> faults) => _faults.AddRange(faults);

    /// <summary>The faults in the order added.</summary>
    public ImmutableArray<PlanFault> ToImmutable() => Cut(_faults);

    /// <summary>The faults in the order of the text; those without a place come last.</summary>
    public ImmutableArray<PlanFault> ToImmutableByPlace() =>
        Cut([.. _faults.OrderBy(f => f.Line ?? int.MaxValue).ThenBy(f => f.Column ?? int.MaxValue)]);

    private static ImmutableArray<PlanFault> Cut(List<PlanFault> faults) =>
        faults.Count <= PlanValidator.MaxFaults
            ? [.. faults]
            :
            [
                .. faults.Take(PlanValidator.MaxFaults - 1),
                new PlanFault(
                    PlanFaultCodes.MoreFaults,
                    string.Create(CultureInfo.InvariantCulture, $"There are {faults.Count - PlanValidator.MaxFaults + 1} more faults.")),
            ];
}
