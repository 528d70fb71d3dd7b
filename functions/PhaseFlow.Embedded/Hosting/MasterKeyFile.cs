using System.Security.Cryptography;
using PhaseFlow.Core.Webhooks;
using PhaseFlow.Embedded.Storage;

namespace PhaseFlow.Embedded.Hosting;

/// <summary>The master key that the host makes for itself where no setting gives one: <c>master.key</c> in the data folder.</summary>
internal static class MasterKeyFile
{
    private const string Name = "master.key";

    /// <summary>Reads the key as base64; makes a random one, that only its owner can read, the first time. The caller has the data folder to itself.</summary>
    public static string Ensure(string dataFolder)
    {
        PrivateFolder.Create(dataFolder);
        string path = Path.Combine(dataFolder, Name);
        if (!File.Exists(path))
        {
            CrashPoints.Pass("key");
            Create(path);
            CrashPoints.Pass("key made");
        }

        return File.ReadAllText(path).Trim();
    }

    private static void Create(string path)
    {
        string temporary = $"{path}.{Path.GetRandomFileName()}";
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using (var file = new FileStream(temporary, options))
        {
            using var text = new StreamWriter(file, leaveOpen: true);
            text.WriteLine(Convert.ToBase64String(RandomNumberGenerator.GetBytes(AttemptSecret.MinMasterKeyLength)));
            text.Flush();

            // The secrets of live agents hang on it: it must be there after a crash.
            file.Flush(flushToDisk: true);
        }

        CrashPoints.Pass("key move");
        File.Move(temporary, path);
    }
}
