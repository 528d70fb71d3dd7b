namespace PhaseFlow.Core.Plans;

/// <summary>Tells how far a word is from the one that was perhaps meant.</summary>
public static class Spelling
{
    // Beyond it nothing is near to anything that is known here; keeps a hostile word from costing much.
    private const int MaxLength = 256;

    /// <summary>Letters to change, add, drop or swap with their neighbour to make one word of the other, whatever the case: the distance of Damerau and Levenshtein.</summary>
    public static int Distance(ReadOnlySpan<char> word, ReadOnlySpan<char> other)
    {
        if (word.Length > MaxLength || other.Length > MaxLength)
        {
            return Math.Max(word.Length, other.Length);
        }

        int width = other.Length + 1;
        Span<int> rows = stackalloc int[3 * width];
        Span<int> last = rows[..width];
        Span<int> row = rows.Slice(width, width);
        Span<int> beforeLast = rows[(2 * width)..];
        for (int j = 0; j < width; j++)
        {
            row[j] = j;
        }

        for (int i = 1; i <= word.Length; i++)
        {
            Span<int> free = beforeLast;
            beforeLast = last;
            last = row;
            row = free;
            row[0] = i;
            for (int j = 1; j < width; j++)
            {
                row[j] = Math.Min(last[j - 1] + (IsSame(word[i - 1], other[j - 1]) ? 0 : 1), Math.Min(last[j], row[j - 1]) + 1);
                if (i > 1 && j > 1 && IsSame(word[i - 1], other[j - 2]) && IsSame(word[i - 2], other[j - 1]))
                {
                    row[j] = Math.Min(row[j], beforeLast[j - 2] + 1);
                }
            }
        }

        return row[other.Length];
    }

    /// <summary>Whether two names differ in nothing but case and the signs between their words: <c>dependsOn</c> and <c>depends_on</c>.</summary>
    public static bool IsSameName(string name, string other) => Letters(name).SequenceEqual(Letters(other));

    private static bool IsSame(char letter, char other) => char.ToLowerInvariant(letter) == char.ToLowerInvariant(other);

    private static IEnumerable<char> Letters(string name) => name.Where(c => c is not ('_' or '-' or ' ' or '.')).Select(char.ToLowerInvariant);
}
