using System.Net;
using Microsoft.AspNetCore.Http;
using PhaseFlow.Functions.Http;

namespace PhaseFlow.Embedded.Hosting;

/// <summary>
/// On the loopback, answers only requests that are meant for it: a name that an attacker points at 127.0.0.1 makes a browser call with that
/// name as the host (DNS rebinding). Where a key is asked for on an open address, the key is the guard.
/// </summary>
internal sealed class HostGuard(HttpHostOptions options)
{
    public Task InvokeAsync(HttpContext context, RequestDelegate next) => Allows(context.Request.Host)
        ? next(context)
        : Problems.Of(
            ProblemTypes.UnknownHost,
            "Unknown host",
            StatusCodes.Status421MisdirectedRequest,
            "This host answers to localhost, to 127.0.0.1 and to the host of PhaseFlow__PublicUrl.").ExecuteAsync(context);

    /// <summary>Whether a Host header names this host.</summary>
    public bool Allows(HostString host) =>
        !options.IsLoopback
        || host.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host.Host, out IPAddress? address) && IPAddress.IsLoopback(address))
        || (options.PublicUrl is { } url && host.Host.Equals(url.Host, StringComparison.OrdinalIgnoreCase));
}
