using System.Globalization;

namespace PhaseFlow.Benchmarks;

/// <summary>The options of a command.</summary>
internal static class Arguments
{
    /// <summary>The number behind an option, or what holds without it.</summary>
    public static long Number(string[] args, string name, long fallback)
    {
        int index = Array.IndexOf(args, name);
        return index >= 0 && index + 1 < args.Length
            ? long.Parse(args[index + 1], NumberStyles.AllowThousands | NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture)
            : fallback;
    }
}
