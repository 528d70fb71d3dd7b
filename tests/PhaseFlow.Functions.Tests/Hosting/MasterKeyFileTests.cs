using PhaseFlow.Embedded.Hosting;

namespace PhaseFlow.Functions.Tests.Hosting;

public sealed class MasterKeyFileTests
{
    [Fact]
    public void Ensure_WhenItIsAskedAgain_KeepsTheKey()
    {
        using var folder = new TempFolder();
        string data = Path.Combine(folder.Path, "data");

        string key = MasterKeyFile.Ensure(data);

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
