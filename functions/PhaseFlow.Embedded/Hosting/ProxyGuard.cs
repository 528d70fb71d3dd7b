using Microsoft.AspNetCore.Http;
using PhaseFlow.Core.Proxies;
using PhaseFlow.Functions.Http;

namespace PhaseFlow.Embedded.Hosting;

/// <summary>
/// Takes the word of known proxies about the address of a request, and nobody else's. It comes after <see cref="HostGuard"/>: a page that an attacker leads to this machine can send these headers too.
/// </summary>
internal sealed class ProxyGuard(KnownProxies proxies)
{
    public Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        HttpRequest request = context.Request;
        ForwardedOrigin? origin = ForwardedOrigin.Read(
            context.Connection.RemoteIpAddress, ForwardedRequest.Headers(request), proxies, request.Scheme, request.Host.Value ?? "");
        if (origin is not null)
        {
            ForwardedRequest.Apply(context, origin);
        }

        return next(context);
    }
}
