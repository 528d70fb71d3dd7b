using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using PhaseFlow.Embedded.Engine.Catalog;
using PhaseFlow.Functions.Http;

namespace PhaseFlow.Embedded.Hosting;

/// <summary>Lets only operators call the routes that are theirs: from no other site, and with the key where there is one.</summary>
internal sealed class OperatorGuard(HttpHostOptions options)
{
    public const string KeyHeader = "x-functions-key";

    // Compared as digests: they are of one length, so that the time tells nothing about the key.
    private readonly byte[]? _key = options.Key is { } key ? Digest(key) : null;

    public Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<HttpFunction>() is not { AuthLevel: not AuthorizationLevel.Anonymous })
        {
            return next(context);
        }

        if (!IsOfThisSite(context.Request))
        {
            return Problems.Of(
                ProblemTypes.CrossSite, "Cross-site request", StatusCodes.Status403Forbidden, "A page of another site may not call this.").ExecuteAsync(context);
        }

        return HasKey(context.Request)
            ? next(context)
            : Problems.Of(
                ProblemTypes.KeyRequired,
                "Key required",
                StatusCodes.Status401Unauthorized,
                $"Give the key in the header {KeyHeader} or as the query parameter code.").ExecuteAsync(context);
    }

    private static byte[] Digest(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));

    private bool HasKey(HttpRequest request)
    {
        if (_key is null)
        {
            return true;
        }

        string given = request.Headers[KeyHeader].ToString();
        return CryptographicOperations.FixedTimeEquals(Digest(given.Length > 0 ? given : request.Query["code"].ToString()), _key);
    }

    // Browsers name the page's site in Origin whenever it is another's, and whenever something is changed.
    private bool IsOfThisSite(HttpRequest request)
    {
        string origin = request.Headers.Origin.ToString();
        return origin.Length == 0
            || (Uri.TryCreate(origin, UriKind.Absolute, out Uri? page)
                && (options.CorsOrigins.Contains(origin, StringComparer.OrdinalIgnoreCase)
                    || IsSame(page, request.Host.Host, request.Host.Port)
                    || (options.PublicUrl is { } url && IsSame(page, url.Host, url.IsDefaultPort ? null : url.Port))));
    }

    private static bool IsSame(Uri page, string host, int? port) =>
        page.Host.Equals(host, StringComparison.OrdinalIgnoreCase) && (page.IsDefaultPort ? port is null or 80 or 443 : page.Port == port);
}
