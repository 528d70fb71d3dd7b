using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace PhaseFlow.Embedded.Cli;

/// <summary>The port that a data folder was served on last: agents that outlived the process know that address.</summary>
internal static class LastPort
{
    private const int Default = 7071;

    /// <summary>The port for a run that names none: the last one, else the default, else any; the first that is free.</summary>
    public static int Choose(string dataFolder) =>
        Read(dataFolder) is { } last && IsFree(last) ? last
        : IsFree(Default) ? Default
        : 0;

    public static void Remember(string dataFolder, string url)
    {
        try
        {
            File.WriteAllText(FileIn(dataFolder), new Uri(url).Port.ToString(CultureInfo.InvariantCulture));
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // A convenience for the next start: this one goes on without it.
        }
    }

    private static int? Read(string dataFolder)
    {
        try
        {
            return int.TryParse(File.ReadAllText(FileIn(dataFolder)), NumberStyles.None, CultureInfo.InvariantCulture, out int port)
                && port is > 0 and <= IPEndPoint.MaxPort ? port : null;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    public static bool IsFree(int port)
    {
        using var probe = new TcpListener(IPAddress.Loopback, port);
        try
        {
            probe.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static string FileIn(string dataFolder) => Path.Combine(dataFolder, "port");
}
