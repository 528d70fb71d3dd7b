using System.Text;
using PhaseFlow.Benchmarks.Simulation;

namespace PhaseFlow.Benchmarks.Fuzzing;

/// <summary>Makes inputs that are almost right out of right ones.</summary>
internal sealed class Mutator(Dice dice)
{
    // What has broken parsers before.
    private static readonly string[] Fragments =
    [
        "null", "true", "-1", "0", "1e999", "-0", "2147483648", "9223372036854775808", "1.5", "\"\"", "\"\\u0000\"", "\"\\ud800\"", "[]", "{}", "[[[[[[[[", "{\"a\":",
        "\u0000", "\ufeff", "\u202e", "é", "𝄞", "\r\n", "\t", "    ", ",", ":", "\"", "\\", "../", "%00", "%2e%2e", "%zz", "'", "<script>", "## Phase", "# ", "```", "Depends on: 1", "Timeout: 9h",
        "queue-1-1", "queue-0-0", "queue-1-2147483647", "completed", "webhook", "🙂", "\"attempt\":1", "\"depends_on\":[1,2,3]", "99999999999999999999",
    ];

    /// <summary>Some of the bytes changed, doubled, dropped, or replaced by what has broken parsers before; now and then none.</summary>
    public byte[] Bytes(byte[] valid)
    {
        var bytes = new List<byte>(valid);
        for (int changes = dice.Between(0, 4); changes > 0; changes--)
        {
            int at = bytes.Count == 0 ? 0 : dice.Between(0, bytes.Count - 1);
            switch (dice.Between(0, 6))
            {
                case 0 when bytes.Count > 0:
                    bytes[at] = (byte)dice.Next();
                    break;
                case 1 when bytes.Count > 0:
                    bytes[at] ^= (byte)(1 << dice.Between(0, 7));
                    break;
                case 2:
                    bytes.RemoveRange(at, Math.Min(bytes.Count - at, dice.Between(1, 20)));
                    break;
                case 3:
                    bytes.InsertRange(at, bytes.GetRange(at, Math.Min(bytes.Count - at, dice.Between(1, 40))));
                    break;
                case 4:
                    bytes.RemoveRange(at, bytes.Count - at);
                    break;
                default:
                    bytes.InsertRange(at, Encoding.UTF8.GetBytes(dice.Pick(Fragments)));
                    break;
            }
        }

        return [.. bytes];
    }

    /// <summary>The same for a text of a line, such as a header or a path.</summary>
    public string Text(string valid) =>
        new([.. Encoding.UTF8.GetString(Bytes(Encoding.UTF8.GetBytes(valid))).Where(c => c is >= ' ' and not '\u007f')]);
}
