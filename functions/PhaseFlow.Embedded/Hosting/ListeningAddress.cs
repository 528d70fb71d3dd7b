using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using PhaseFlow.Functions.Http;

namespace PhaseFlow.Embedded.Hosting;

/// <summary>The address that agents report to: the configured one, or else the one that the host listens on; empty before it does.</summary>
internal sealed class ListeningAddress(IServer server, HttpHostOptions options) : IPublicAddress
{
    public string Url => options.PublicUrl?.ToString().TrimEnd('/') ?? OwnUrl;

    public string OwnUrl
    {
        get
        {
            string? address = server.Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault();
            if (address is null || !Uri.TryCreate(address, UriKind.Absolute, out Uri? url) || url.Port == 0)
            {
                return "";
            }

            // Who listens everywhere is reached here.
            return url.Host is "0.0.0.0" or "[::]" ? $"{url.Scheme}://127.0.0.1:{url.Port}" : address.TrimEnd('/');
        }
    }
}
