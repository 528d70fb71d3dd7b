using System.Runtime.InteropServices;
using SQLitePCL;

namespace PhaseFlow.Embedded.Storage;

/// <summary>Lets SQLite wait as short as it asks to.</summary>
/// <remarks>
/// A reader that meets the writer, or another reader, at the header of the log tries again after a microsecond. Builds of SQLite without <c>usleep</c>
/// (those of SQLitePCLRaw 2.0 for Linux are such) round that up to a second, and all that waits for the reader waits with it. So the default
/// VFS is replaced by a copy of itself that differs in <c>xSleep</c> alone (https://sqlite.org/vfs.html).
/// </remarks>
internal static class SqliteSleep
{
    private const string Library = "e_sqlite3";
    private const int MicrosecondsPerMillisecond = 1000;

    // SQLite keeps both for as long as the process lives.
    private static readonly SleepCall FineSleep = Sleep;
    private static readonly Lazy<bool> Installed = new(Install);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate int SleepCall(IntPtr vfs, int microseconds);

    /// <summary>Holds for every connection that is opened afterwards; a repeat is a no-op.</summary>
    public static void EnsureFine()
    {
        Batteries_V2.Init();
        _ = Installed.Value;
    }

    /// <summary>Asks SQLite to wait, and says how long it did, in microseconds.</summary>
    internal static int Measure(int microseconds)
    {
        IntPtr vfs = FindVfs(null);
        return Marshal.GetDelegateForFunctionPointer<SleepCall>(Marshal.PtrToStructure<Vfs>(vfs).Sleep)(vfs, microseconds);
    }

    private static bool Install()
    {
        // On Windows SQLite waits in milliseconds, which is fine.
        if (OperatingSystem.IsWindows())
        {
            return false;
        }

        Vfs vfs = Marshal.PtrToStructure<Vfs>(FindVfs(null));
        vfs.Next = IntPtr.Zero;
        vfs.Name = Marshal.StringToCoTaskMemUTF8("phaseflow");
        vfs.Sleep = Marshal.GetFunctionPointerForDelegate(FineSleep);
        IntPtr copy = Marshal.AllocCoTaskMem(Marshal.SizeOf<Vfs>());
        Marshal.StructureToPtr(vfs, copy, fDeleteOld: false);
        return RegisterVfs(copy, makeDefault: 1) == raw.SQLITE_OK;
    }

    private static int Sleep(IntPtr vfs, int microseconds)
    {
        // This is xSleep itself: SQLite calls it to have its thread sleep, and goes on when it returns. Less than a millisecond gives way to whoever is in
        // the middle of something: 0 yields.
        Thread.Sleep(microseconds / MicrosecondsPerMillisecond);
        return microseconds;
    }

    [DllImport(Library, EntryPoint = "sqlite3_vfs_find", CallingConvention = CallingConvention.Cdecl)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern IntPtr FindVfs([MarshalAs(UnmanagedType.LPUTF8Str)] string? name);

    [DllImport(Library, EntryPoint = "sqlite3_vfs_register", CallingConvention = CallingConvention.Cdecl)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int RegisterVfs(IntPtr vfs, int makeDefault);

    /// <summary><c>sqlite3_vfs</c>, version 3.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Vfs
    {
        public int Version;
        public int FileSize;
        public int MaxPathname;
        public IntPtr Next;
        public IntPtr Name;
        public IntPtr AppData;
        public IntPtr Open;
        public IntPtr Delete;
        public IntPtr Access;
        public IntPtr FullPathname;
        public IntPtr LibraryOpen;
        public IntPtr LibraryError;
        public IntPtr LibrarySymbol;
        public IntPtr LibraryClose;
        public IntPtr Randomness;
        public IntPtr Sleep;
        public IntPtr CurrentTime;
        public IntPtr GetLastError;
        public IntPtr CurrentTimeInt64;
        public IntPtr SetSystemCall;
        public IntPtr GetSystemCall;
        public IntPtr NextSystemCall;
    }
}
