namespace PhaseFlow.Core.Plans;

/// <summary>Tells how far a word is from the one that was perhaps meant.</summary>
public static class Spelling
{
    // Beyond it nothing is near to anything that is known here; keeps a hostile word from costing much.
    private const int MaxLength = 256;

    /// <summary>Letters to change, add or drop to make one word of the other, whatever the case: Levenshtein's distance.</summary>
    public static int Distance(ReadOnlySpan<char> word, ReadOnlySpan<char> other)
    {
        if (word.Length > MaxLength || other.Length > MaxLength)
        {
            return Math.Max(word.Length, other.Length);
        }

        Span<int> row = stackalloc int[other.Length + 1];
        for (int j = 0; j <= other.Length; j++)
        {
            row[j] = j;
        }

        for (int i = 1; i <= word.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= other.Length; j++)
            {
                int change = char.ToLowerInvariant(word[i - 1]) == char.ToLowerInvariant(other[j - 1]) ? diagonal : diagonal + 1;
                diagonal = row[j];
                row[j] = Math.Min(change, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[other.Length];
    }

    /// <summary>Whether two names differ in nothing but case and the signs between their words: <c>dependsOn</c> and <c>depends_on</c>.</summary>
    public static bool IsSameName(string name, string other) => Letters(name).SequenceEqual(Letters(other));

    private static IEnumerable<char> Letters(string name) => name.Where(c => c is not ('_' or '-' or ' ' or '.')).Select(char.ToLowerInvariant);
}
