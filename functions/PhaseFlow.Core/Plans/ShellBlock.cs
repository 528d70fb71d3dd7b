using PhaseFlow.Core.Plans.Markdown;

namespace PhaseFlow.Core.Plans;

/// <summary>The script in a phase's content, for the <see cref="WorkflowTypes.Shell"/> workflow.</summary>
public static class ShellBlock
{
    /// <summary>The text of the first fenced code block marked <c>sh</c>, <c>bash</c> or <c>shell</c>, or null where there is none.</summary>
    /// <returns>Its lines with LF between them and none behind the last; as far indented as its fence is, they lose that indent.</returns>
    public static string? Find(string content) => Find(content, out _);

    /// <summary>The same, and whether it is marked <c>bash</c>, and so not for any <c>sh</c>.</summary>
    public static string? Find(string content, out bool needsBash)
    {
        ArgumentNullException.ThrowIfNull(content);
        needsBash = false;
        List<string>? script = null;
        CodeFence? open = null;
        foreach (MarkdownLine line in MarkdownLines.Split(content, out _))
        {
            ReadOnlySpan<char> span = line.In(content);
            if (open is not { } fence)
            {
                if (CodeFence.TryOpen(span, out CodeFence opened))
                {
                    open = opened;
                    script = IsShell(opened.Language) ? [] : null;
                    needsBash = opened.Language.Equals("bash", StringComparison.OrdinalIgnoreCase);
                }
            }
            else if (!fence.IsClosedBy(span))
            {
                script?.Add(WithoutIndent(span, fence.Indent).ToString());
            }
            else if (script is not null)
            {
                break;
            }
            else
            {
                open = null;
            }
        }

        return script is null ? null : string.Join('\n', script);
    }

    private static bool IsShell(string language) =>
        language.Equals("sh", StringComparison.OrdinalIgnoreCase)
        || language.Equals("bash", StringComparison.OrdinalIgnoreCase)
        || language.Equals("shell", StringComparison.OrdinalIgnoreCase);

    private static ReadOnlySpan<char> WithoutIndent(ReadOnlySpan<char> line, int indent)
    {
        int spaces = 0;
        while (spaces < indent && spaces < line.Length && line[spaces] == ' ')
        {
            spaces++;
        }

        return line[spaces..];
    }
}
