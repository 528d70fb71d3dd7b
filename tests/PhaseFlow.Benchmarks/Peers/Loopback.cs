using System.Net;
using System.Net.Sockets;

namespace PhaseFlow.Benchmarks.Peers;

/// <summary>Ports of this machine, for servers that cannot take a free one by themselves.</summary>
internal static class Loopback
{
    /// <summary>Ports that nobody listened on a moment ago.</summary>
    public static int[] FreePorts(int count)
    {
        TcpListener[] listeners = [.. Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0))];
        foreach (TcpListener listener in listeners)
        {
            listener.Start();
        }

        int[] ports = [.. listeners.Select(l => ((IPEndPoint)l.LocalEndpoint).Port)];
        foreach (TcpListener listener in listeners)
        {
            listener.Dispose();
        }

        return ports;
    }
}
