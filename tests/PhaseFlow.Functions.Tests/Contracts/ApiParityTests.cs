using Microsoft.DurableTask;
using PhaseFlow.Embedded.Engine;

namespace PhaseFlow.Functions.Tests.Contracts;

/// <summary>What the embedded host declares in the names of others must be what those others declare.</summary>
public sealed class ApiParityTests
{
    private static readonly Lazy<HashSet<string>> Real = new(() =>
        [.. ContractFile.ReadLines("durabletask.txt").Concat(ContractFile.ReadLines("functions-worker.txt")).Select(Comparable)]);

    [Fact]
    public void EmbeddedApi_WhenItDeclaresAMember_HasItFromTheRealPackages()
    {
        string[] invented = [.. Declared(typeof(DurableEngine).Assembly.GetTypes()).Where(line => !Real.Value.Contains(Comparable(line)))];

        Assert.True(
            invented.Length == 0,
            $"The real packages have no such line (same name, parameters, return type, modifiers):\n{string.Join('\n', invented)}");
    }

    [Fact]
    public void EmbeddedApi_WhenItIsLookedFor_IsFound()
    {
        string[] declared = [.. Declared(typeof(DurableEngine).Assembly.GetTypes())];

        Assert.Contains(declared, l => l.StartsWith("T:Microsoft.DurableTask.TaskOrchestrationContext\tabstract class", StringComparison.Ordinal));
        Assert.Contains(declared, l => l.StartsWith("M:Microsoft.DurableTask.TaskOrchestrationContext.CreateTimer(", StringComparison.Ordinal));
        Assert.True(declared.Length > 200, $"Only {declared.Length} lines are compared.");
    }

    [Theory]
    [InlineData(typeof(OtherReturnType), "M:")]
    [InlineData(typeof(OtherName), "M:")]
    public void Lines_WhenAMemberDiffers_Differ(Type type, string kind)
    {
        string[] wanted = Lines(typeof(Original), kind);

        string[] lines = Lines(type, kind);

        Assert.NotEqual(wanted, lines);

        static string[] Lines(Type type, string kind) =>
            [.. ApiLines.Of(type).Where(l => l.StartsWith(kind, StringComparison.Ordinal)).Select(l => l.Replace(type.Name, "X", StringComparison.Ordinal))];
    }

    private static IEnumerable<string> Declared(IEnumerable<Type> types) => types
        .Where(t => t.Namespace?.StartsWith("Microsoft.", StringComparison.Ordinal) == true && ApiLines.IsVisible(t))
        .SelectMany(ApiLines.Of);

    // The interfaces of a type are left out: the embedded one may do without some.
    private static string Comparable(string line)
    {
        string[] fields = line.Split('\t', StringSplitOptions.TrimEntries);
        return string.Join('\t', fields[0].StartsWith("T:", StringComparison.Ordinal) ? fields.Take(3) : fields);
    }

    private sealed class Original
    {
        public static int Count(TaskName name, bool all = true) => name.Name.Length + (all ? 1 : 0);
    }

    private sealed class OtherReturnType
    {
        public static long Count(TaskName name, bool all = true) => name.Name.Length + (all ? 1 : 0);
    }

    private sealed class OtherName
    {
        public static int Count(TaskName name, bool every = true) => name.Name.Length + (every ? 1 : 0);
    }
}
