using System.Security.Cryptography;
using System.Text;

namespace PhaseFlow.Embedded.Cli.Runs;

/// <summary>A markdown file as it was read.</summary>
/// <param name="Path">As the person wrote it.</param>
/// <param name="FullPath">What the runs of the file are remembered under.</param>
/// <param name="Text">What it says.</param>
internal sealed record PlanFile(string Path, string FullPath, string Text)
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Tells one text from another.</summary>
    public string Digest => DigestOf(Text);

    /// <summary>A short name of the file: the first 16 hex digits of the SHA-256 of its full path.</summary>
    public string Hash => DigestOf(FullPath)[..16];

    /// <summary>Reads a file; null where it cannot be, with one line that says why.</summary>
    public static PlanFile? Read(string path, out string problem)
    {
        problem = "";
        try
        {
            byte[] bytes = File.ReadAllBytes(path);
            if (path.EndsWith(".json", StringComparison.OrdinalIgnoreCase))
            {
                problem = $"{path}: run takes markdown; JSON is submitted to serve: "
                    + $"curl 'http://127.0.0.1:7071/api/v1/planned-features?execute=true' -H 'Content-Type: application/json' --data-binary @{path}";
                return null;
            }

            ReadOnlySpan<byte> text = bytes.AsSpan().StartsWith(Encoding.UTF8.Preamble) ? bytes.AsSpan(Encoding.UTF8.Preamble.Length) : bytes;
            var file = new PlanFile(path, System.IO.Path.GetFullPath(path), StrictUtf8.GetString(text));
            if (!string.IsNullOrWhiteSpace(file.Text))
            {
                return file;
            }

            problem = $"{path}: the file is empty";
        }
        catch (DecoderFallbackException)
        {
            problem = $"{path}: this is not UTF-8 text";
        }
        catch (Exception fault) when (fault is FileNotFoundException or DirectoryNotFoundException or ArgumentException)
        {
            problem = $"{path}: there is no such file";
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            problem = Directory.Exists(path) ? $"{path}: this is a folder, not a file" : $"{path}: {fault.Message}";
        }

        return null;
    }

    private static string DigestOf(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
