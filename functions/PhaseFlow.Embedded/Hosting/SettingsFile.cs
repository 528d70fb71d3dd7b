using System.Text.Json;
using Microsoft.Extensions.Configuration;
using PhaseFlow.Core.Plans;

namespace PhaseFlow.Embedded.Hosting;

/// <summary>Reads a file with settings, and refuses what nothing would read: a setting that is silently ignored is worse than none.</summary>
internal static class SettingsFile
{
    private const string Section = "PhaseFlow";
    private const string Agents = "Agents:";
    private const string WorkingDirectory = "WorkingDirectory";

    private static readonly string[] Known =
    [
        "Key", "PublicUrl", "KnownProxies", "Cors:Origins", "Slots:Capacity", "Spend:MaxCostUsd", "Webhooks:MasterKey", "Webhooks:PreviousMasterKey",
        "Sweep:Interval", "Sweep:Grace", "Retention:FinishedFeatures", "Retention:Interval", "Planner:Command", "Planner:Timeout", "Dispatch:AllowedHosts", "Dispatch:AllowLoopback", "Dispatch:Timeout",
    ];

    private static readonly string[] OfGitHub =
    [
        "Issues:Provider", "GitHub:Token", "GitHub:AppId", "GitHub:InstallationId", "GitHub:PrivateKey", "GitHub:PrivateKeyFile", "GitHub:BaseUrl", "GitHub:Repository",
    ];

    private static readonly string[] OfWorkflow = ["Workflow", "Ref", "Repository"];

    private static readonly string[] OfAgent = ["Command", WorkingDirectory, "OutputLimit", "Enabled", "Url", "StopUrl", "Secret"];

    /// <summary>Adds the file to the settings. A relative working directory or file in it is relative to its folder.</summary>
    /// <exception cref="HostStartException">It cannot be read, or has a key that is not known.</exception>
    public static void AddTo(IConfigurationBuilder builder, string path)
    {
        string full = Path.GetFullPath(path);
        IConfigurationRoot file = Load(path, full);
        if (file.GetChildren().FirstOrDefault(c => !IsRead(c.Key)) is { } stray)
        {
            throw new HostStartException($"{path}: {stray.Key} is read by nobody; settings stand in {{ \"{Section}\": {{ … }} }}");
        }

        foreach ((string key, string near) in UnknownIn(file))
        {
            throw new HostStartException($"{path}: {key} is no setting; the nearest is {near}");
        }

        builder.AddConfiguration(file);
        builder.AddInMemoryCollection(file.AsEnumerable()
            .Where(s => s.Value is { Length: > 0 } && IsPath(s.Key))
            .Select(s => KeyValuePair.Create(s.Key, (string?)Path.GetFullPath(s.Value!, Path.GetDirectoryName(full)!))));
    }

    /// <summary>The settings that nothing reads, each with the name that comes nearest.</summary>
    public static IEnumerable<(string Key, string Near)> UnknownIn(IConfiguration settings)
    {
        foreach ((string key, string? value) in settings.GetSection(Section).AsEnumerable(makePathsRelative: true))
        {
            if (value is not null && Nearest(key) is { } near)
            {
                yield return ($"{Section}:{key}", $"{Section}:{near}");
            }
        }
    }

    private static bool IsRead(string root) =>
        root.Equals(Section, StringComparison.OrdinalIgnoreCase) || root.Equals("Logging", StringComparison.OrdinalIgnoreCase)
        || root.StartsWith("OTEL_", StringComparison.OrdinalIgnoreCase) || root.StartsWith('$');

    private static bool IsPath(string key) => key.Equals($"{Section}:GitHub:PrivateKeyFile", StringComparison.OrdinalIgnoreCase)
        || (key.StartsWith($"{Section}:{Agents}", StringComparison.OrdinalIgnoreCase) && key.EndsWith($":{WorkingDirectory}", StringComparison.OrdinalIgnoreCase));

    private static IConfigurationRoot Load(string path, string full)
    {
        try
        {
            return new ConfigurationBuilder().AddJsonFile(full, optional: false).Build();
        }
        catch (Exception fault) when (fault is IOException or InvalidDataException or FormatException or UnauthorizedAccessException)
        {
            for (Exception? inner = fault; inner is not null; inner = inner.InnerException)
            {
                if (inner is JsonException json)
                {
                    throw new HostStartException(FormattableString.Invariant($"{path}:{json.LineNumber + 1}:{json.BytePositionInLine + 1}: this is not JSON"), fault);
                }
            }

            throw new HostStartException($"The settings file {path} cannot be read: {(fault.InnerException ?? fault).Message}", fault);
        }
    }

    /// <summary>The known key that comes nearest to one that is not known; null where it is.</summary>
    private static string? Nearest(string key)
    {
        IEnumerable<string> known = [.. Known, .. OfGitHub];
        if (key.StartsWith(Agents, StringComparison.OrdinalIgnoreCase) && key.IndexOf(':', Agents.Length) is > 0 and var end)
        {
            known = OfAgent.Concat(OfWorkflow).Select(name => $"{key[..end]}:{name}");
        }
        else
        {
            known = known.Append($"{Agents}NAME:Command");
        }

        string[] keys = [.. known];
        return keys.Contains(key, StringComparer.OrdinalIgnoreCase)
            ? null
            : keys.MinBy(k => k.StartsWith(key, StringComparison.OrdinalIgnoreCase) ? 0 : Spelling.Distance(key, k));
    }
}
