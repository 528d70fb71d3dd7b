using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using PhaseFlow.Core.Dispatch;
using PhaseFlow.Core.Plans;
using PhaseFlow.Core.Webhooks;

namespace PhaseFlow.Functions.Agents.Dispatch;

/// <summary>Settings of agents that are launched over HTTP: <c>PhaseFlow__Dispatch__…</c>.</summary>
public sealed class DispatchOptions
{
    public const string Section = "PhaseFlow:Dispatch";

    /// <summary>The hosts that requests may go to, with commas between them: exact names, or <c>*.example.com</c>. Default none.</summary>
    public string AllowedHosts { get; set; } = "";

    /// <summary>Whether requests may go to this machine, also without https. Default false.</summary>
    public bool AllowLoopback { get; set; }

    /// <summary>How long one try may take. Default 10 seconds; up to a minute.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>By workflow type, whatever the case: those with a <c>Url</c>.</summary>
    public Dictionary<string, DispatchTypeOptions> Types { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Where requests may go.</summary>
    /// <exception cref="OptionsValidationException">The list of hosts cannot be used.</exception>
    public DispatchTarget Target() => HostAllowList.TryParse(AllowedHosts, out HostAllowList? hosts, out string? fault)
        ? new DispatchTarget(hosts, AllowLoopback)
        : throw new OptionsValidationException(Section, typeof(DispatchOptions), [$"PhaseFlow__Dispatch__AllowedHosts: {fault}"]);

    /// <summary>The workflow types of the settings that are launched over HTTP.</summary>
    public static IEnumerable<KeyValuePair<string, DispatchTypeOptions>> TypesOf(IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        foreach (IConfigurationSection type in configuration.GetSection("PhaseFlow:Agents").GetChildren())
        {
            if (!string.IsNullOrWhiteSpace(type[nameof(DispatchTypeOptions.Url)]))
            {
                yield return new(type.Key, new DispatchTypeOptions
                {
                    Url = type[nameof(DispatchTypeOptions.Url)]!.Trim(),
                    StopUrl = type[nameof(DispatchTypeOptions.StopUrl)]?.Trim() is { Length: > 0 } stop ? stop : null,
                    Secret = type[nameof(DispatchTypeOptions.Secret)] ?? "",
                    HasCommand = !string.IsNullOrWhiteSpace(type["Command"]),
                });
            }
        }
    }
}

/// <summary>Settings of one workflow type that is launched over HTTP: <c>PhaseFlow__Agents__NAME__…</c>.</summary>
public sealed class DispatchTypeOptions
{
    /// <summary>Where a launch is posted to.</summary>
    public required string Url { get; init; }

    /// <summary>Where a stop is posted to. Default none: nobody is asked to stop, and a slot is taken back after the grace.</summary>
    public string? StopUrl { get; init; }

    /// <summary>What requests are signed with: <c>whsec_</c> and the base64 of 24 to 64 bytes. While it is rotated, the new and the old one with a space between them.</summary>
    public required string Secret { get; init; }

    /// <summary>Whether the settings also say what to run on this machine.</summary>
    public bool HasCommand { get; init; }

    /// <summary>The secrets as bytes; null where one of them cannot be read, or there is none.</summary>
    public IReadOnlyList<byte[]>? Secrets()
    {
        var secrets = new List<byte[]>();
        foreach (string text in Secret.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (!AttemptSecret.TryParse(text, out byte[]? secret))
            {
                return null;
            }

            secrets.Add(secret);
        }

        return secrets.Count == 0 ? null : secrets;
    }
}

/// <summary>Finds what is wrong with the settings before anything is dispatched by them.</summary>
internal sealed class DispatchValidation : IValidateOptions<DispatchOptions>
{
    public ValidateOptionsResult Validate(string? name, DispatchOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (!HostAllowList.TryParse(options.AllowedHosts, out HostAllowList? hosts, out string? fault))
        {
            return ValidateOptionsResult.Fail($"PhaseFlow__Dispatch__AllowedHosts: {fault}");
        }

        var target = new DispatchTarget(hosts, options.AllowLoopback);
        var faults = new List<string>();
        if (options.Timeout <= TimeSpan.Zero || options.Timeout > TimeSpan.FromMinutes(1))
        {
            faults.Add("PhaseFlow__Dispatch__Timeout must be more than nothing and at most 00:01:00.");
        }

        foreach ((string type, DispatchTypeOptions agent) in options.Types)
        {
            faults.AddRange(FaultsOf($"PhaseFlow__Agents__{type}", type, agent, target));
        }

        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }

    private static IEnumerable<string> FaultsOf(string setting, string type, DispatchTypeOptions agent, DispatchTarget target)
    {
        if (type.Equals(WorkflowTypes.External, StringComparison.OrdinalIgnoreCase) || type.Equals(WorkflowTypes.Shell, StringComparison.OrdinalIgnoreCase))
        {
            yield return $"{setting}__Url: {type} is built in and has no address.";
        }

        if (agent.HasCommand)
        {
            yield return $"{setting} has a Command and a Url: an agent is run here or dispatched, not both.";
        }

        if (target.Refusal(agent.Url) is { } launch)
        {
            yield return $"{setting}__Url {launch}.";
        }

        if (agent.StopUrl is not null && target.Refusal(agent.StopUrl) is { } stop)
        {
            yield return $"{setting}__StopUrl {stop}.";
        }

        if (agent.Secrets() is null)
        {
            yield return $"{setting}__Secret must be whsec_ and the base64 of 24 to 64 bytes: requests are signed with it.";
        }
    }
}
