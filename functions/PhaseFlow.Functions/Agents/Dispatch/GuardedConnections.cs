using System.Net;
using System.Net.Sockets;
using PhaseFlow.Core.Dispatch;

namespace PhaseFlow.Functions.Agents.Dispatch;

/// <summary>Finds the addresses of a host.</summary>
public interface IHostResolver
{
    Task<IPAddress[]> ResolveAsync(string host, CancellationToken cancellation);
}

/// <summary>Asks the system.</summary>
internal sealed class SystemHostResolver : IHostResolver
{
    public Task<IPAddress[]> ResolveAsync(string host, CancellationToken cancellation) => Dns.GetHostAddressesAsync(host, cancellation);
}

/// <summary>A host has an address that no request may go to.</summary>
internal sealed class AddressRefusedException(string message) : Exception(message);

/// <summary>
/// Opens the connections of dispatches. A host is resolved once for each, every address is checked, and the one that was checked is connected to: a name that
/// changes its answer gains nothing by it.
/// </summary>
internal sealed class GuardedConnections(DispatchTarget target, IHostResolver resolver)
{
    // So that a host that has moved is found again, and its new addresses are checked.
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(2);

    /// <summary>A handler that goes straight to the host: no redirect, proxy, cookie or credential, and no headers but those that it is given.</summary>
    public SocketsHttpHandler CreateHandler() => new()
    {
        ConnectCallback = ConnectAsync,
        AllowAutoRedirect = false,
        UseProxy = false,
        UseCookies = false,
        ActivityHeadersPropagator = null,
        MaxResponseHeadersLength = 16,
        MaxConnectionsPerServer = 16,
        PooledConnectionLifetime = Lifetime,
        PooledConnectionIdleTimeout = Lifetime,
    };

    /// <summary>Connects for a request.</summary>
    /// <exception cref="AddressRefusedException">One of the host's addresses is not allowed: then none of them is trusted.</exception>
    public async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellation)
    {
        DnsEndPoint host = context.DnsEndPoint;
        Uri url = context.InitialRequestMessage.RequestUri!;
        IPAddress[] addresses = IPAddress.TryParse(host.Host, out IPAddress? literal) ? [literal] : await resolver.ResolveAsync(host.Host, cancellation);
        foreach (IPAddress address in addresses)
        {
            if (target.Refusal(url, address) is { } what)
            {
                throw new AddressRefusedException($"{host.Host} leads to {address}, which is {what}");
            }
        }

        return await ConnectAsync(addresses, host.Port, cancellation);
    }

    private static async Task<Stream> ConnectAsync(IPAddress[] addresses, int port, CancellationToken cancellation)
    {
        SocketException? failed = null;
        foreach (IPAddress address in addresses)
        {
            var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(new IPEndPoint(address, port), cancellation);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch (SocketException fault)
            {
                socket.Dispose();
                failed = fault;
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }

        throw failed ?? new SocketException((int)SocketError.HostNotFound);
    }
}
