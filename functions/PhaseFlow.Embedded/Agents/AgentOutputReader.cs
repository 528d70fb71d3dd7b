using System.Text;
using PhaseFlow.Functions.Agents;

namespace PhaseFlow.Embedded.Agents;

/// <summary>Reads captured output without splitting a character.</summary>
internal static class AgentOutputReader
{
    public const int MaxPart = 1024 * 1024;

    // The longest character in UTF-8: a smaller part could hold none.
    private const int MinPart = 4;

    private static readonly byte[] Gap = "\n[a part of the output is missing here]\n"u8.ToArray();

    /// <summary>The part from an offset on; null where the attempt was never started.</summary>
    public static AgentOutput? Read(AgentFolder folder, long offset, int limit)
    {
        if (!folder.IsStarted)
        {
            return null;
        }

        // Asked first: what is written until then is all there will be.
        bool hasEnded = folder.HasExited || folder.IsStopped;
        byte[] bytes = ReadBytes(folder, hasEnded, ref offset, Math.Clamp(limit, MinPart, MaxPart), out bool isAtEnd);
        int length = hasEnded && isAtEnd ? bytes.Length : WholeCharacters(bytes);
        return new AgentOutput(
            Encoding.UTF8.GetString(bytes, 0, length), offset, offset + length, hasEnded && isAtEnd, folder.IsTruncated);
    }

    /// <summary>The last lines, at most so many UTF-16 characters.</summary>
    public static string Tail(AgentFolder folder, int length)
    {
        long offset = Math.Max(0, LengthOf(folder) - (length * MinPart));
        string text = Encoding.UTF8.GetString(ReadBytes(folder, hasEnded: true, ref offset, length * MinPart, out _)).TrimEnd();
        if (text.Length <= length)
        {
            return text;
        }

        text = text[^length..];
        int line = text.IndexOf('\n', StringComparison.Ordinal);
        return line >= 0 && line < text.Length - 1 ? text[(line + 1)..] : text;
    }

    private static long LengthOf(AgentFolder folder)
    {
        Stream[] parts = [.. Parts(folder, hasEnded: true)];
        long length = parts.Sum(p => p.Length);
        Array.ForEach(parts, p => p.Dispose());
        return length;
    }

    private static byte[] ReadBytes(AgentFolder folder, bool hasEnded, ref long offset, int limit, out bool isAtEnd)
    {
        var bytes = new byte[limit];
        int read = 0;
        long start = 0;
        foreach (Stream part in Parts(folder, hasEnded))
        {
            using (part)
            {
                long length = part.Length;
                long from = offset + read - start;
                start += length;
                if (from >= 0 && from < length)
                {
                    part.Position = from;
                    read += part.ReadAtLeast(bytes.AsSpan(read), limit - read, throwOnEndOfStream: false);
                }
            }
        }

        offset = Math.Clamp(offset, 0, start);
        isAtEnd = offset + read >= start;
        return bytes[..read];
    }

    // The end moves while the agent works: it is shown once it stands, so that an offset means one place.
    private static IEnumerable<Stream> Parts(AgentFolder folder, bool hasEnded)
    {
        foreach (string path in hasEnded ? [folder.OutputPath, .. folder.OutputTailPaths] : new[] { folder.OutputPath })
        {
            if (File.Exists(path))
            {
                yield return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            }

            if (hasEnded && path == folder.OutputPath && folder.IsTruncated)
            {
                yield return new MemoryStream(Gap);
            }
        }
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
