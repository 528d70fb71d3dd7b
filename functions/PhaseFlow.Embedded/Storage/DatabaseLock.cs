using System.Globalization;

namespace PhaseFlow.Embedded.Storage;

/// <summary>Keeps a database for one process: an exclusively opened file beside it, and a readable one that says who holds it.</summary>
internal sealed class DatabaseLock : IDisposable
{
    // What the platforms say of a file that another process has to itself.
    private const int SharingViolation = unchecked((int)0x80070020);
    private const int WouldBlockOnLinux = 11;
    private const int WouldBlockOnMac = 35;

    private readonly FileStream _held;
    private readonly string _ownerPath;

    private DatabaseLock(FileStream held, string ownerPath)
    {
        _held = held;
        _ownerPath = ownerPath;
    }

    /// <summary>Takes the lock; throws <see cref="DatabaseUnusableException"/> when another process has it.</summary>
    public static DatabaseLock Take(string databasePath)
    {
        string ownerPath = databasePath + ".owner";
        FileStream held;
        try
        {
            held = new FileStream(databasePath + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (IsHeld(e))
        {
            (string owner, string? address) = Owner(ownerPath);
            string submit = address is null ? "" : $" or submit to {address}";
            throw new DatabaseUnusableException($"{databasePath} is in use by another PhaseFlow{owner}. Stop it, or use another --data folder{submit}.", e);
        }

        var taken = new DatabaseLock(held, ownerPath);
        taken.Write(address: null);
        return taken;
    }

    /// <summary>Notes the address at which the holder answers, for whoever finds the database locked.</summary>
    public void Announce(string address) => Write(address);

    public void Dispose()
    {
        // The lock file itself stays: to delete it could take it from under the next holder.
        File.Delete(_ownerPath);
        _held.Dispose();
    }

    /// <summary>Whether a file is open elsewhere; any other fault, such as a file system that is read-only, is told as itself.</summary>
    private static bool IsHeld(IOException fault) => fault.HResult is SharingViolation or WouldBlockOnLinux or WouldBlockOnMac;

    private static (string Owner, string? Address) Owner(string ownerPath)
    {
        try
        {
            string[] lines = File.ReadAllLines(ownerPath);
            string? address = lines.Length > 1 && lines[1].Length > 0 ? lines[1] : null;
            return (lines.Length > 0 ? $" (process {lines[0]}{(address is null ? "" : $" at {address}")})" : "", address);
        }
        catch (IOException)
        {
            return ("", null);
        }
        catch (UnauthorizedAccessException)
        {
            return ("", null);
        }
    }

    private void Write(string? address)
    {
        string pid = Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        File.WriteAllText(_ownerPath, address is null ? pid + "\n" : pid + "\n" + address + "\n");
    }
}
