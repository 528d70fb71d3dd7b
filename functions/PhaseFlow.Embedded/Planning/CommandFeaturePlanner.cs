using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Options;
using PhaseFlow.Core.Plans;
using PhaseFlow.Embedded.Agents;
using PhaseFlow.Functions.Features;

namespace PhaseFlow.Embedded.Planning;

/// <summary>Settings of the planner: <c>PhaseFlow__Planner__…</c>.</summary>
internal sealed class PlannerOptions
{
    public const string Section = "PhaseFlow:Planner";

    /// <summary>What <c>sh</c> runs to make phases of a description. Default none: the template is used.</summary>
    public string? Command { get; set; }

    /// <summary>How long it may take. Default five minutes.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromMinutes(5);
}

/// <summary>
/// The configured planner: a command that reads the feature as markdown on its standard input (title and description) and writes the phases, as
/// <c>## Phase 1: Title</c> and so on, to its standard output.
/// </summary>
internal sealed class CommandFeaturePlanner(IOptions<PlannerOptions> options, AgentProcesses processes) : IFeaturePlanner
{
    private const int MaxError = 1000;

    public async Task<ImmutableArray<PhasePlan>> PlanAsync(FeaturePlan feature, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(feature);
        string title = $"# {feature.Title}\n\n";
        string answer = await RunAsync($"{title}{feature.Description}\n", feature, cancellation);
        MarkdownResult result = FeatureMarkdown.Parse(answer.TrimStart().StartsWith("# ", StringComparison.Ordinal) ? answer : title + answer);
        return result.IsValid
            ? result.Plan!.Phases
            : throw new FeaturePlannerException($"The planner's answer cannot be read: line {result.Faults[0].Line}: {result.Faults[0].Message}");
    }

    private async Task<string> RunAsync(string input, FeaturePlan feature, CancellationToken cancellation)
    {
        var start = new ProcessStartInfo(processes.Shell, ["-c", options.Value.Command!])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        AgentProcesses.RemoveSettings(start.Environment);
        start.Environment["PHASEFLOW_FEATURE_ID"] = feature.Id?.ToString(CultureInfo.InvariantCulture) ?? "";
        start.Environment["PHASEFLOW_FEATURE_TITLE"] = feature.Title;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(options.Value.Timeout);
        using Process process = Process.Start(start) ?? throw new FeaturePlannerException("The planner did not start.");
        try
        {
            Task<string> output = process.StandardOutput.ReadToEndAsync(patience.Token);
            Task<string> errors = process.StandardError.ReadToEndAsync(patience.Token);
            await WriteAsync(process, input, patience.Token);
            await process.WaitForExitAsync(patience.Token);
            string said = (await errors).Trim();
            return process.ExitCode == 0
                ? await output
                : throw new FeaturePlannerException($"The planner ended with exit code {process.ExitCode}: {said[..Math.Min(said.Length, MaxError)]}");
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new FeaturePlannerException($"The planner took longer than {PhaseDuration.Format(options.Value.Timeout)}.");
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }

    private static async Task WriteAsync(Process process, string input, CancellationToken cancellation)
    {
        try
        {
            await process.StandardInput.WriteAsync(input.AsMemory(), cancellation);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // A planner need not read what it is given.
        }
    }
}
