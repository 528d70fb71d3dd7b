using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using PhaseFlow.Core.Proxies;
using PhaseFlow.Functions.Http;

namespace PhaseFlow.Functions.Azure;

/// <summary>
/// Takes the word of known proxies in front of the platform, such as a gateway, about the address of a request. The Functions host connects from this machine; what anybody else
/// sends in these headers comes through it as well, so the last entry of <c>X-Forwarded-For</c>, which the platform adds, says who is speaking.
/// </summary>
internal sealed class PlatformProxies : IFunctionsWorkerMiddleware
{
    private readonly KnownProxies _proxies;

    /// <exception cref="OptionsValidationException">The setting cannot be used.</exception>
    public PlatformProxies(IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        _proxies = KnownProxies.TryParse(configuration[ForwardedRequest.Setting], out KnownProxies? proxies, out string? fault)
            ? proxies
            : throw new OptionsValidationException(ForwardedRequest.Setting, typeof(KnownProxies), [$"PhaseFlow__KnownProxies: {fault}"]);
    }

    public Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(next);
        if (!_proxies.IsEmpty && context.GetHttpContext() is { } http)
        {
            HttpRequest request = http.Request;
            ForwardedOrigin? origin = ForwardedOrigin.ReadBehindPlatform(
                http.Connection.RemoteIpAddress, ForwardedRequest.Headers(request), _proxies, request.Scheme, request.Host.Value ?? "");
            if (origin is not null)
            {
                ForwardedRequest.Apply(http, origin);
            }
        }

        return next(context);
    }
}
