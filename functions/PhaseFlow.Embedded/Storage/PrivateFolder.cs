namespace PhaseFlow.Embedded.Storage;

/// <summary>Folders that hold what people and agents have written, and keys.</summary>
internal static class PrivateFolder
{
    /// <summary>Makes a folder, where it is not there, that only its owner can look into: what is in it needs no modes of its own. On Windows it inherits those of the folder it is in.</summary>
    public static void Create(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
        }
        else
        {
            Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }
}
