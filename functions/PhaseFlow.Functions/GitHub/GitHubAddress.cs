using System.Diagnostics.CodeAnalysis;

namespace PhaseFlow.Functions.GitHub;

/// <summary>Where a GitHub is: for people, and for the API.</summary>
/// <param name="Web">Ends with a slash.</param>
/// <param name="Api">Ends with a slash.</param>
internal sealed record GitHubAddress(Uri Web, Uri Api)
{
    public static GitHubAddress Default { get; } = new(new Uri("https://github.com/"), new Uri("https://api.github.com/"));

    /// <summary>Reads the address of github.com, of an enterprise server or of <c>NAME.ghe.com</c>, as people or the API know it.</summary>
    /// <param name="text">The address.</param>
    /// <param name="address">What it stands for.</param>
    /// <param name="fault">What is wrong with it, as the end of a sentence.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out GitHubAddress? address, [NotNullWhen(false)] out string? fault)
    {
        address = null;
        fault = !Uri.TryCreate(text, UriKind.Absolute, out Uri? uri) || uri.Scheme is not ("https" or "http") ? "it is no address"
            : uri.UserInfo.Length > 0 || uri.Query.Length > 0 || uri.Fragment.Length > 0 ? "it has more than a host"
            : uri.Scheme == "http" && !uri.IsLoopback ? "credentials are sent over https alone"
            : uri.AbsolutePath.TrimEnd('/') is not ("" or "/api/v3") ? "it has a path"
            : null;
        if (fault is not null)
        {
            return false;
        }

        address = Of(uri!);
        return true;
    }

    public string Issue(RepositoryName repository, int number) => FormattableString.Invariant($"{Web}{repository}/issues/{number}");

    private static GitHubAddress Of(Uri uri)
    {
        string host = uri.Host.ToLowerInvariant();
        if (host is "github.com" or "www.github.com" or "api.github.com")
        {
            return Default;
        }

        if (host.EndsWith(".ghe.com", StringComparison.Ordinal))
        {
            string name = host.StartsWith("api.", StringComparison.Ordinal) ? host["api.".Length..] : host;
            return new GitHubAddress(new Uri($"https://{name}/"), new Uri($"https://api.{name}/"));
        }

        var web = new Uri(uri, "/");
        return new GitHubAddress(web, new Uri(web, "api/v3/"));
    }
}
