using System.Globalization;
using System.Net;
using System.Net.Sockets;
using PhaseFlow.Embedded.Hosting;

namespace PhaseFlow.Embedded.Cli;

/// <summary>The port that a data folder was served on last: agents that outlived the process know that address.</summary>
internal static class LastPort
{
    /// <summary>Starts the host on the port that it is to have. Where any will do, that is the last one if it is free, else the default if none was named, else any.</summary>
    public static async Task<EmbeddedHost> StartAsync(HostSettings settings, CancellationToken stop)
    {
        EmbeddedHost host = settings.Port is null or 0 ? await StartOnFreeAsync(settings, stop) : await EmbeddedHost.StartAsync(settings, stop);
        Remember(settings.DataFolder, host.Url);
        return host;
    }

    private static async Task<EmbeddedHost> StartOnFreeAsync(HostSettings settings, CancellationToken stop)
    {
        int chosen = Read(settings.DataFolder) is { } last && IsFree(last) ? last : settings.Port is null && IsFree(HttpHostOptions.DefaultPort) ? HttpHostOptions.DefaultPort : 0;
        try
        {
            return await EmbeddedHost.StartAsync(settings with { Port = chosen }, stop);
        }
        catch (HostStartException fault) when (chosen != 0 && fault.InnerException is IOException)
        {
            // It cannot be listened on: another process was quicker, or has it on another address.
            return await EmbeddedHost.StartAsync(settings with { Port = 0 }, stop);
        }
    }

    private static void Remember(string dataFolder, string url)
    {
        try
        {
            // Written beside it and moved there: a link that lies under the name is replaced, and not written through.
            string file = FileIn(dataFolder);
            File.WriteAllText(file + ".new", new Uri(url).Port.ToString(CultureInfo.InvariantCulture));
            File.Move(file + ".new", file, overwrite: true);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // A convenience for the next start: this one goes on without it.
        }
    }

    /// <summary>The port that a data folder was served on last; null where it was not.</summary>
    public static int? Read(string dataFolder)
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

    private static bool IsFree(int port)
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
