using Microsoft.Extensions.Configuration;
using PhaseFlow.Functions.Http;

namespace PhaseFlow.Functions.Azure;

/// <summary>The address that agents report to: <c>PhaseFlow__PublicUrl</c>, or else the one that the platform gave the app.</summary>
internal sealed class FunctionAppAddress : IPublicAddress
{
    public FunctionAppAddress(IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        Url = (configuration["PhaseFlow:PublicUrl"] ?? Given(configuration["WEBSITE_HOSTNAME"])).TrimEnd('/');
    }

    public string Url { get; }

    // The local host says "localhost:7071" and has no certificate.
    private static string Given(string? host) => host switch
    {
        null or "" => "http://localhost:7071",
        _ when host.StartsWith("localhost", StringComparison.OrdinalIgnoreCase) || host.StartsWith("127.", StringComparison.Ordinal) => $"http://{host}",
        _ => $"https://{host}",
    };
}
