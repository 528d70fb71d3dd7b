using System.Collections.Immutable;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Net.Http.Headers;

namespace PhaseFlow.Embedded.Hosting;

/// <summary>Lets the pages of named origins call this host from a browser. Without any, no answer has a header of CORS, and operator routes refuse what a page of another site sends.</summary>
internal static class CrossOrigin
{
    private static readonly string[] RequestHeaders = [HeaderNames.ContentType, HeaderNames.Accept, OperatorGuard.KeyHeader, "Idempotency-Key", "Last-Event-ID"];

    public static void Add(IServiceCollection services, ImmutableArray<string> origins)
    {
        if (!origins.IsEmpty)
        {
            // No cookie is ever used, so none is allowed: the key is a header that a page must give itself.
            services.AddCors(cors => cors.AddDefaultPolicy(policy => policy
                .WithOrigins([.. origins])
                .WithMethods("GET", "POST", "PATCH", "DELETE")
                .WithHeaders(RequestHeaders)
                .WithExposedHeaders(HeaderNames.Location)
                .SetPreflightMaxAge(TimeSpan.FromMinutes(10))));
        }
    }

    public static void Use(IApplicationBuilder app, ImmutableArray<string> origins)
    {
        if (!origins.IsEmpty)
        {
            app.UseCors();
        }
    }

    /// <summary>Reads a list with commas or spaces between its entries.</summary>
    /// <exception cref="HostStartException">An entry is no origin.</exception>
    public static ImmutableArray<string> Parse(string? text)
    {
        ImmutableArray<string> origins = [.. (text ?? "").Split([',', ' '], StringSplitOptions.RemoveEmptyEntries).Select(o => o.TrimEnd('/'))];
        foreach (string origin in origins)
        {
            if (!Uri.TryCreate(origin, UriKind.Absolute, out Uri? url)
                || (url.Scheme != Uri.UriSchemeHttp && url.Scheme != Uri.UriSchemeHttps)
                || url.UserInfo.Length > 0
                || !origin.Equals(url.GetLeftPart(UriPartial.Authority), StringComparison.OrdinalIgnoreCase))
            {
                throw new HostStartException($"PhaseFlow__Cors__Origins: \"{origin}\" is no origin such as https://app.example.com.");
            }
        }

        return origins;
    }
}
