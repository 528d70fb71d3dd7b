using System.Security.Cryptography;
using System.Text;

namespace PhaseFlow.Functions.Tests.Contracts;

/// <summary>A name or a shape that is stored does not change unseen: it is accepted in <c>tests/contracts/durable.txt</c>, with a version.</summary>
public sealed class DurableContractTests
{
    private const string File = "tests/contracts/durable.txt";

    private static readonly string[] Written = [.. ContractFile.ReadLines("durable.txt").Where(l => !l.StartsWith('#') && l.Length > 0)];

    [Fact]
    public void Contract_WhenComparedWithTheCode_SaysTheSame()
    {
        string[] built = [.. DurableContract.Lines()];
        string[] accepted = [.. Written.Where(l => !IsVersion(l))];

        Assert.True(accepted.SequenceEqual(built), $"""
            What is stored has changed. Stores and histories of before must still be read. If they are, write this into {File}:
            {Difference(accepted, built)}
            and after the versions that it has:
            version {Written.Count(IsVersion) + 1} {Digest(built)}
            """);
    }

    [Fact]
    public void Versions_WhenTheContractChanges_GainOneForIt()
    {
        string[] versions = [.. Written.Where(IsVersion)];

        Assert.Equal(Enumerable.Range(1, versions.Length), versions.Select(v => int.Parse(v.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture)));
        Assert.Equal(versions.Length, versions.Select(v => v.Split(' ')[2]).Distinct().Count());
        Assert.Equal(Digest(Written.Where(l => !IsVersion(l))), versions[^1].Split(' ')[2]);
    }

    private static bool IsVersion(string line) => line.StartsWith("version ", StringComparison.Ordinal);

    private static string Digest(IEnumerable<string> lines) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', lines))).AsSpan(0, 8));

    private static string Difference(string[] accepted, string[] built)
    {
        // The longest common subsequence of what is left of both, for each pair of places.
        var common = new int[accepted.Length + 1, built.Length + 1];
        for (int i = accepted.Length - 1; i >= 0; i--)
        {
            for (int j = built.Length - 1; j >= 0; j--)
            {
                common[i, j] = accepted[i] == built[j] ? common[i + 1, j + 1] + 1 : Math.Max(common[i + 1, j], common[i, j + 1]);
            }
        }

        var lines = new List<string>();
        for (int i = 0, j = 0; i < accepted.Length || j < built.Length;)
        {
            if (i < accepted.Length && j < built.Length && accepted[i] == built[j])
            {
                (i, j) = (i + 1, j + 1);
            }
            else if (j == built.Length || (i < accepted.Length && common[i + 1, j] >= common[i, j + 1]))
            {
                lines.Add($"- {accepted[i++]}");
            }
            else
            {
                lines.Add($"+ {built[j]} (line {j++ + 1})");
            }
        }

        return string.Join('\n', lines);
    }
}
