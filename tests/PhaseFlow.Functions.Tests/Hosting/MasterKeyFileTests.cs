using PhaseFlow.Embedded.Hosting;

namespace PhaseFlow.Functions.Tests.Hosting;

public sealed class MasterKeyFileTests
{
    [Fact]
    public async Task Ensure_WhenManyAskAtOnce_MakesOneKeyThatIsKept()
    {
        using var folder = new TempFolder();
        string data = Path.Combine(folder.Path, "data");

        string[] keys = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => MasterKeyFile.Ensure(data))));

        string key = Assert.Single(keys.Distinct());
        Assert.Equal(key, MasterKeyFile.Ensure(data));
        Assert.Equal(32, Convert.FromBase64String(key).Length);
        Assert.Equal(["master.key"], Directory.GetFiles(data).Select(Path.GetFileName));
    }

    [Fact]
    public void Ensure_WhenItMakesAKey_LetsOnlyTheOwnerReadIt()
    {
        using var folder = new TempFolder();

        MasterKeyFile.Ensure(folder.Path);

        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(folder.Path, "master.key")));
        }
    }
}
