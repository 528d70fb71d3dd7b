using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using PhaseFlow.Embedded.Engine.Catalog;
using PhaseFlow.Functions.Http;

namespace PhaseFlow.Embedded.Hosting;

/// <summary>The HTTP functions of the app on Kestrel, as the Functions host has them on Azure.</summary>
internal static class HttpHost
{
    /// <summary>Lets a web application listen as the options say.</summary>
    /// <exception cref="HostStartException">The address is open to others and there is no key.</exception>
    public static WebApplicationBuilder AddHttpHost(this WebApplicationBuilder builder, HttpHostOptions options)
    {
        options.RequireKeyWhereOpen();
        builder.Services.AddSingleton(options);
        builder.Services.AddSingleton<IPublicAddress, ListeningAddress>();
        builder.Services.AddSingleton<StopGuard>();
        builder.Services.AddRouting();
        CrossOrigin.Add(builder.Services, options.CorsOrigins);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;

            // The functions cap what they read. A cap here would cut the connection before the client hears why.
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Listen(options.Address, options.Port, listen => listen.Protocols = HttpProtocols.Http1);
        });
        return builder;
    }

    /// <summary>Maps the HTTP functions of the catalog, and guards them.</summary>
    public static WebApplication UseHttpHost(this WebApplication app)
    {
        var options = app.Services.GetRequiredService<HttpHostOptions>();
        var catalog = app.Services.GetRequiredService<FunctionCatalog>();
        if (CrashPoints.IsOn)
        {
            app.Use(CrashPoints.AnswerAsync);
        }

        app.Use(app.Services.GetRequiredService<StopGuard>().InvokeAsync);
        app.UseMiddleware<ResponseShape>();
        app.Use(new HostGuard(options).InvokeAsync);
        if (!options.Proxies.IsEmpty)
        {
            app.Use(new ProxyGuard(options.Proxies).InvokeAsync);
        }

        CrossOrigin.Use(app, options.CorsOrigins);
        app.UseRouting();
        app.Use(new OperatorGuard(options).InvokeAsync);
        foreach (HttpFunction function in catalog.Http)
        {
            if (AnyPathRoute.Is(function))
            {
                app.Use(new AnyPathRoute(function, app.Services.GetRequiredService<IInlineConstraintResolver>()).InvokeAsync);
                continue;
            }

            var endpoint = new HttpFunctionEndpoint(function);
            IEndpointConventionBuilder mapped = function.Methods.Count == 0
                ? app.Map(endpoint.Pattern, endpoint.InvokeAsync)
                : app.MapMethods(endpoint.Pattern, function.Methods.Select(m => m.ToUpperInvariant()), endpoint.InvokeAsync);
            mapped.WithMetadata(function).WithDisplayName(function.Name);
        }

        return app;
    }

    /// <summary>Starts the application, and says where it listens.</summary>
    /// <exception cref="HostStartException">The port is taken, or the address is not this machine's.</exception>
    public static async Task<string> StartHttpHostAsync(this WebApplication app, CancellationToken cancellation = default)
    {
        try
        {
            await app.StartAsync(cancellation);
        }
        catch (IOException fault)
        {
            var options = app.Services.GetRequiredService<HttpHostOptions>();
            throw new HostStartException($"PhaseFlow cannot listen on {options.Address}, port {options.Port}: {fault.Message.TrimEnd('.')}. --port chooses another; 0 takes a free one.", fault);
        }

        return app.Services.GetRequiredService<IPublicAddress>().OwnUrl;
    }
}
