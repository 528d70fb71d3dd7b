using PhaseFlow.Embedded.Cli.Runs;

namespace PhaseFlow.Functions.Tests.Cli;

public sealed class RunRecordTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("phaseflow-cli-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Read_WhenItWasWritten_GivesTheSame()
    {
        var file = new PlanFile("a.md", "/x/a.md", "# A");
        var record = new RunRecord(2, file.Digest, file.Text, FeatureId: 5);

        record.Write(_folder, file);

        Assert.Equal(record, RunRecord.Read(_folder, file));
        Assert.Equal($"run-{file.Hash}-2", record.KeyFor(file));
        Assert.Equal([$"{file.Hash}.json"], Directory.GetFiles(Path.Combine(_folder, "runs")).Select(Path.GetFileName));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("{ \"Generation\": ")]
    public void Read_WhenThereIsNoWholeRecord_GivesNone(string? content)
    {
        var file = new PlanFile("a.md", "/x/a.md", "# A");
        if (content is not null)
        {
            Directory.CreateDirectory(Path.Combine(_folder, "runs"));
            File.WriteAllText(Path.Combine(_folder, "runs", file.Hash + ".json"), content);
        }

        Assert.Null(RunRecord.Read(_folder, file));
    }

    [Fact]
    public void Read_WhenTheFileIsNotText_SaysSo()
    {
        string path = Path.Combine(_folder, "image.md");
        File.WriteAllBytes(path, [0x23, 0xff, 0xfe]);

        Assert.Null(PlanFile.Read(path, out string problem));
        Assert.Equal($"{path}: this is not UTF-8 text", problem);
    }

    [Fact]
    public void Read_WhenTheFileBeginsWithAByteOrderMark_LeavesItOut()
    {
        string path = Path.Combine(_folder, "bom.md");
        File.WriteAllBytes(path, [0xef, 0xbb, 0xbf, 0x23]);

        Assert.Equal("#", PlanFile.Read(path, out _)!.Text);
    }

    [Fact]
    public void Read_WhenThereIsNoSuchFile_SaysSo()
    {
        string path = Path.Combine(_folder, "none.md");

        Assert.Null(PlanFile.Read(path, out string problem));
        Assert.Equal($"{path}: there is no such file", problem);
    }
}
