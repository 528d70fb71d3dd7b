using System.Globalization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace PhaseFlow.Functions.GitHub;

/// <summary>How GitHub is reached: <c>PhaseFlow__GitHub__…</c>. It is no record, whose text would show the token.</summary>
internal sealed class GitHubSettings
{
    public const string Section = "PhaseFlow:GitHub";

    public GitHubAddress Address { get; init; } = GitHubAddress.Default;

    /// <summary>A personal access token; null where an app is used.</summary>
    public string? Token { get; init; }

    /// <summary>The app; null where a token is used.</summary>
    public AppIdentity? App { get; init; }

    /// <summary>The repository of features that name none; null where they must.</summary>
    public RepositoryName? Repository { get; init; }

    /// <summary>Reads them, all or nothing.</summary>
    /// <exception cref="OptionsValidationException">Something is missing or cannot be used; each failure is a sentence that shows no secret.</exception>
    public static GitHubSettings Read(IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        IConfigurationSection section = configuration.GetSection(Section);
        var faults = new List<string>();
        string? token = Value(section, "Token");
        var settings = new GitHubSettings
        {
            Address = ReadAddress(section, faults),
            Token = token,
            App = ReadApp(section, token, faults),
            Repository = ReadRepository(section, faults),
        };
        return faults.Count == 0 ? settings : throw new OptionsValidationException(Section, typeof(GitHubSettings), faults);
    }

    /// <summary>The repository that a feature names, or else the default one; null where there is none, or the name cannot be one.</summary>
    public RepositoryName? RepositoryOf(string? named) =>
        string.IsNullOrWhiteSpace(named) ? Repository : RepositoryName.TryParse(named, out RepositoryName? repository) ? repository : null;

    /// <summary>The repository of a feature.</summary>
    /// <exception cref="GitHubException">There is none.</exception>
    public RepositoryName Require(string? named) => RepositoryOf(named) ?? throw new GitHubException(
        string.IsNullOrWhiteSpace(named)
            ? "the feature names no repository, and PhaseFlow__GitHub__Repository is not set"
            : "the feature's repository is no name that GitHub gives")
    { IsRefusal = true };

    private static string? Value(IConfigurationSection section, string key) => section[key]?.Trim() is { Length: > 0 } value ? value : null;

    private static GitHubAddress ReadAddress(IConfigurationSection section, List<string> faults)
    {
        if (Value(section, "BaseUrl") is not { } text)
        {
            return GitHubAddress.Default;
        }

        if (GitHubAddress.TryParse(text, out GitHubAddress? address, out string? fault))
        {
            return address;
        }

        faults.Add($"PhaseFlow__GitHub__BaseUrl cannot be used: {fault}. It is written https://github.example.com.");
        return GitHubAddress.Default;
    }

    private static RepositoryName? ReadRepository(IConfigurationSection section, List<string> faults)
    {
        if (Value(section, "Repository") is { } text && !RepositoryName.TryParse(text, out _))
        {
            faults.Add("PhaseFlow__GitHub__Repository is written owner/name.");
        }

        return RepositoryName.TryParse(Value(section, "Repository"), out RepositoryName? repository) ? repository : null;
    }

    private static AppIdentity? ReadApp(IConfigurationSection section, string? token, List<string> faults)
    {
        string? id = Value(section, "AppId");
        string? key = Value(section, "PrivateKey");
        string? file = Value(section, "PrivateKeyFile");
        if (id is null && key is null && file is null)
        {
            if (token is null)
            {
                faults.Add("PhaseFlow__GitHub__Token is not set, and neither are PhaseFlow__GitHub__AppId and its PhaseFlow__GitHub__PrivateKeyFile: GitHub needs one of the two.");
            }

            return null;
        }

        if (token is not null)
        {
            faults.Add("PhaseFlow__GitHub__Token and a GitHub App are both set: GitHub needs one of the two.");
        }

        long installation = 0;
        string? installationText = Value(section, "InstallationId");
        if (installationText is not null && !long.TryParse(installationText, NumberStyles.None, CultureInfo.InvariantCulture, out installation))
        {
            faults.Add("PhaseFlow__GitHub__InstallationId is a number.");
        }

        string? pem = ReadKey(key, file, faults);
        if (id is null)
        {
            faults.Add("PhaseFlow__GitHub__AppId is not set, and a private key is: set the id of the app that it belongs to.");
        }

        return id is null || pem is null ? null : new AppIdentity(id, pem, installationText is null ? null : installation);
    }

    private static string? ReadKey(string? key, string? file, List<string> faults)
    {
        if (key is null && file is null)
        {
            faults.Add("PhaseFlow__GitHub__AppId is set, and PhaseFlow__GitHub__PrivateKeyFile is not: set the file of the app's private key.");
            return null;
        }

        string setting = key is null ? "PhaseFlow__GitHub__PrivateKeyFile" : "PhaseFlow__GitHub__PrivateKey";
        try
        {
            if (AppIdentity.ReadKey(key ?? File.ReadAllText(file!)) is { } pem)
            {
                return pem;
            }

            faults.Add($"{setting} holds no private RSA key in PEM.");
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            faults.Add($"{setting} cannot be read: {fault.Message}");
        }

        return null;
    }
}
