using System.Collections.Immutable;

namespace PhaseFlow.Core.Runs;

/// <summary>Which entries of a feature's inbox have been applied: all up to a number, and some beyond it.</summary>
public sealed record InboxPosition(long Through, ImmutableArray<long> Beyond)
{
    public static InboxPosition Start { get; } = new(0, []);

    /// <summary>Whether something before an entry has not been applied.</summary>
    public bool LacksBefore(long seq) => Through + Beyond.Count(s => s < seq) < seq - 1;

    public bool Contains(long seq) => seq <= Through || Beyond.Contains(seq);

    public InboxPosition Add(long seq)
    {
        if (Contains(seq))
        {
            return this;
        }

        ImmutableArray<long> beyond = Beyond.Add(seq);
        long through = Through;
        while (beyond.Contains(through + 1))
        {
            through++;
        }

        return new InboxPosition(through, beyond.RemoveAll(s => s <= through));
    }
}
