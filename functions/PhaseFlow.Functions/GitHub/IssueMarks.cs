using System.Security.Cryptography;
using System.Text.RegularExpressions;
using PhaseFlow.Functions.Webhooks;

namespace PhaseFlow.Functions.GitHub;

/// <summary>The hidden line at the end of what is created, by which a second try finds the first.</summary>
/// <remarks>
/// A marker such as <c>phaseflow:queue-1-1</c> is not enough on GitHub: another PhaseFlow, or this one with a new data folder, has a feature 1 too,
/// and anybody can write it into an issue. So it is hashed under the master key: nobody else can make the mark, and no other PhaseFlow has the same.
/// </remarks>
internal sealed partial class IssueMarks(WebhookSecrets secrets)
{
    /// <summary>Characters that GitHub takes as the body of an issue or a comment.</summary>
    public const int LongestBody = 65_536;

    private const string Cut = "\n\n… the rest did not fit into a comment or an issue.\n";

    /// <summary>The text with its mark; what GitHub would not take of it is cut off.</summary>
    public string Add(string text, string marker)
    {
        string end = $"\n\n<!-- phaseflow-mark {MarksOf(marker)[0]} -->";
        int room = LongestBody - end.Length;
        if (text.Length > room)
        {
            int length = room - Cut.Length;
            text = text[..(char.IsHighSurrogate(text[length - 1]) ? length - 1 : length)] + Cut;
        }

        return text + end;
    }

    /// <summary>Whether a text has the mark, made with the master key of now or of before.</summary>
    public bool IsIn(string text, string marker) =>
        Line().Matches(text) is { Count: > 0 } found && MarksOf(marker) is var marks && found.Any(f => marks.Contains(f.Groups["mark"].Value));

    /// <summary>Whether a text has any mark.</summary>
    public static bool AnyIn(string text) => Line().IsMatch(text);

    /// <summary>The text without its mark.</summary>
    public static string Remove(string text) => Line().Replace(text, "");

    // No phase has such a queue id, so the mark tells nothing of any secret that an agent has.
    private string[] MarksOf(string marker) =>
        [.. secrets.SecretsOf($"issue {marker}", 1).Select(s => Convert.ToHexStringLower(SHA256.HashData(s))[..32])];

    [GeneratedRegex(@"(\r?\n){0,2}<!-- phaseflow-mark (?<mark>[0-9a-f]{32}) -->")]
    private static partial Regex Line();
}
