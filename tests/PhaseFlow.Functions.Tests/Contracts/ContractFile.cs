namespace PhaseFlow.Functions.Tests.Contracts;

/// <summary>A file of <c>tests/contracts</c>, as it was when the tests were built.</summary>
internal static class ContractFile
{
    public static string[] ReadLines(string name)
    {
        using Stream stream = typeof(ContractFile).Assembly.GetManifestResourceStream($"Contracts/{name}")
            ?? throw new InvalidOperationException($"tests/contracts/{name} is not there.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().ReplaceLineEndings("\n").TrimEnd('\n').Split('\n');
    }
}
