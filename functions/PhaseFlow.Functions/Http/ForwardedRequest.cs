using Microsoft.AspNetCore.Http;
using PhaseFlow.Core.Proxies;

namespace PhaseFlow.Functions.Http;

/// <summary>Takes the word of known proxies about the address under which a request was made.</summary>
public static class ForwardedRequest
{
    /// <summary>The setting that names them: <c>PhaseFlow__KnownProxies</c>.</summary>
    public const string Setting = "PhaseFlow:KnownProxies";

    /// <summary>What the headers of a request say.</summary>
    public static ForwardedHeaders Headers(HttpRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        IHeaderDictionary headers = request.Headers;
        return new ForwardedHeaders(
            ForwardedHeaders.Entries(headers["X-Forwarded-For"]),
            ForwardedHeaders.Entries(headers["X-Forwarded-Proto"]),
            ForwardedHeaders.Entries(headers["X-Forwarded-Host"]),
            ForwardedHeaders.Entries(headers["X-Forwarded-Prefix"]));
    }

    /// <summary>Lets the request be one to that address, and its answers point there.</summary>
    public static void Apply(HttpContext context, ForwardedOrigin origin)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(origin);
        context.Request.Scheme = origin.Scheme;
        context.Request.Host = new HostString(origin.Host);
        context.Features.Set(origin);
    }

    /// <summary>A path of this app, as the caller finds it: the whole address behind known proxies, and else the path alone.</summary>
    public static string Locate(HttpContext context, string path)
    {
        ArgumentNullException.ThrowIfNull(context);
        return context.Features.Get<ForwardedOrigin>()?.Of(path) ?? path;
    }
}
