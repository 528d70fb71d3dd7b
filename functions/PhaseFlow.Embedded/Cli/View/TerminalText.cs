using System.Globalization;

namespace PhaseFlow.Embedded.Cli.View;

/// <summary>Text made fit for a terminal: what an agent or a plan says must not move the cursor.</summary>
internal static class TerminalText
{
    /// <summary>One line: line breaks and tabs become spaces, other control characters go.</summary>
    public static string Clean(string text) => string.Concat(text.ReplaceLineEndings(" ").Replace('\t', ' ').Where(c => !IsControl(c)));

    /// <summary>The same for each line, with LF between them.</summary>
    public static string CleanLines(string text) => string.Join('\n', text.ReplaceLineEndings("\n").Split('\n').Select(Clean)).TrimEnd('\n');

    /// <summary>The first line.</summary>
    public static string FirstLine(string text) => text.Split('\n', 2)[0];

    /// <summary><c>0.4 s</c>, <c>12.3 s</c>, <c>2 min 05 s</c>, <c>1 h 02 min</c>.</summary>
    public static string Duration(TimeSpan span)
    {
        if (span.TotalSeconds < 59.95)
        {
            return string.Create(CultureInfo.InvariantCulture, $"{span.TotalSeconds:0.0} s");
        }

        var whole = TimeSpan.FromSeconds(Math.Round(span.TotalSeconds));
        return whole.TotalHours < 1
            ? string.Create(CultureInfo.InvariantCulture, $"{(int)whole.TotalMinutes} min {whole.Seconds:00} s")
            : string.Create(CultureInfo.InvariantCulture, $"{(int)whole.TotalHours} h {whole.Minutes:00} min");
    }

    // The bidirectional marks are format characters, and can make a line read as another one.
    private static bool IsControl(char c) => char.IsControl(c) || c is (>= '\u202a' and <= '\u202e') or (>= '\u2066' and <= '\u2069');
}
