using System.Text;
using PhaseFlow.Functions.Agents;

namespace PhaseFlow.Embedded.Agents;

/// <summary>Reads captured output without splitting a character.</summary>
internal static class AgentOutputReader
{
    public const int MaxPart = 64 * 1024;

    // The longest character in UTF-8: a smaller part could hold none.
    private const int MinPart = 4;

    /// <summary>The part from an offset on; null where the attempt was never started.</summary>
    public static AgentOutput? Read(AgentFolder folder, long offset, int limit)
    {
        if (!folder.IsStarted)
        {
            return null;
        }

        // Asked first: what is written until then is all there will be.
        bool hasEnded = folder.HasExited || folder.IsStopped;
        byte[] bytes = ReadBytes(folder.OutputPath, ref offset, Math.Clamp(limit, MinPart, MaxPart), out bool isAtEnd);
        int length = hasEnded && isAtEnd ? bytes.Length : WholeCharacters(bytes);
        return new AgentOutput(
            Encoding.UTF8.GetString(bytes, 0, length), offset, offset + length, hasEnded && isAtEnd, folder.IsTruncated);
    }

    /// <summary>The last lines, at most so many UTF-16 characters.</summary>
    public static string Tail(AgentFolder folder, int length)
    {
        if (!File.Exists(folder.OutputPath))
        {
            return "";
        }

        long offset = Math.Max(0, new FileInfo(folder.OutputPath).Length - (length * MinPart));
        string text = Encoding.UTF8.GetString(ReadBytes(folder.OutputPath, ref offset, length * MinPart, out _)).TrimEnd();
        if (text.Length <= length)
        {
            return text;
        }

        text = text[^length..];
        int line = text.IndexOf('\n', StringComparison.Ordinal);
        return line >= 0 && line < text.Length - 1 ? text[(line + 1)..] : text;
    }

    private static byte[] ReadBytes(string path, ref long offset, int limit, out bool isAtEnd)
    {
        isAtEnd = true;
        offset = Math.Max(0, offset);
        if (!File.Exists(path))
        {
            return [];
        }

        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        offset = Math.Min(offset, file.Length);
        file.Position = offset;
        var bytes = new byte[limit];
        int read = file.ReadAtLeast(bytes, limit, throwOnEndOfStream: false);
        isAtEnd = offset + read >= file.Length;
        return bytes[..read];
    }

    /// <summary>How many of the bytes are no beginning of a character whose end is missing.</summary>
    private static int WholeCharacters(byte[] bytes)
    {
        for (int back = 1; back < MinPart && back <= bytes.Length; back++)
        {
            byte b = bytes[^back];
            if (b < 0x80)
            {
                break;
            }

            if (b >= 0xC0)
            {
                int needed = b >= 0xF0 ? 4 : b >= 0xE0 ? 3 : 2;
                return needed > back ? bytes.Length - back : bytes.Length;
            }
        }

        return bytes.Length;
    }
}
