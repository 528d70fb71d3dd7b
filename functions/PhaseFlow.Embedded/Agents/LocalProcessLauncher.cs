using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Options;
using PhaseFlow.Core.Plans;
using PhaseFlow.Embedded.Hosting;
using PhaseFlow.Functions.Agents;
using PhaseFlow.Functions.Http;
using PhaseFlow.Functions.Storage;
using PhaseFlow.Functions.Telemetry;
using PhaseFlow.Functions.Webhooks;

namespace PhaseFlow.Embedded.Agents;

/// <summary>Runs agents as processes of this machine: a command per workflow type, or a phase's own shell block.</summary>
/// <remarks>What makes an attempt start once, and outlive the host, is <see cref="AgentShim"/>.</remarks>
internal sealed class LocalProcessLauncher(
    IPhaseStore store,
    AgentFolders folders,
    AgentProcesses processes,
    AgentSupervisor supervisor,
    WebhookSecrets secrets,
    IPublicAddress address,
    IOptions<AgentOptions> options,
    TimeProvider time) : IAgentLauncher
{
    /// <summary>The variable that names an attempt's prompt file.</summary>
    public const string PromptFile = Prefix + "PROMPT_FILE";

    private const string Prefix = "PHASEFLOW_";
    private const string BashFile = "block.bash";

    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(25);
    private static readonly TimeSpan ListenPatience = TimeSpan.FromSeconds(30);

    IEnumerable<string> IAgentLauncher.WorkflowTypes => options.Value.Types.Keys.Where(Handles);

    public bool Handles(string workflowType) => Find(workflowType) is { } type
        && (workflowType == WorkflowTypes.Shell ? type.Enabled : !string.IsNullOrWhiteSpace(type.Command));

    public string? Refusal(string workflowType) =>
        Find(workflowType)?.WorkingDirectory is { Length: > 0 } folder && !Directory.Exists(folder)
            ? $"its working directory does not exist: {Path.GetFullPath(folder)}"
            : null;

    public async Task LaunchAsync(AgentLaunch launch, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(launch);
        string queueId = QueueId.Format(launch.FeatureId, launch.Phase.Number);
        AgentFolder folder = folders.Of(launch.AdwId);
        var agent = new AgentRef(launch.FeatureId, launch.Phase.Number, launch.Attempt, launch.AdwId);
        if (await store.GetAttemptAsync(queueId, launch.Attempt, cancellation) is { Status: AttemptStatus.Closed })
        {
            return;
        }

        if (folder.IsStarted)
        {
            supervisor.Watch(agent, Task.CompletedTask);
            return;
        }

        AgentTypeOptions type = Handles(launch.Phase.WorkflowType) ? Find(launch.Phase.WorkflowType)! : throw NotConfigured(launch.Phase.WorkflowType);
        string script = ScriptOf(launch, type, folder);
        string url = await ListeningAsync(cancellation);
        folder.Create();
        folder.Write("prompt.md", AgentPrompt.Of(launch.FeatureTitle, launch.Phase, launch.TotalPhases));
        folder.Write("command.sh", script);
        if (launch.Phase.WorkflowType == WorkflowTypes.Shell && ShellBlock.Find(launch.Phase.Content, out bool needsBash) is { } block && needsBash)
        {
            folder.Write(BashFile, block + "\n");
        }

        folder.Write("run.sh", AgentShim.Script.ReplaceLineEndings("\n") + "\n");
        ProcessStartInfo start = processes.Detached(folder.Path, "run.sh", type.OutputLimit.ToString(CultureInfo.InvariantCulture));
        SetEnvironment(start.Environment, launch, queueId, folder, url);
        supervisor.Watch(agent, Start(start));
    }

    public async Task<bool> StopAsync(AgentRef agent, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(agent);
        AgentFolder folder = folders.Of(agent.AdwId);
        if (folder.HasExited)
        {
            return true;
        }

        folder.Create();
        folder.MarkStopped();
        if (folder.TryClaim())
        {
            AgentProcesses.KillStrays(folder); // where somebody has deleted the folder of an agent at work
            return true;
        }

        bool isGone = await StopAsync(folder, "TERM", cancellation) || await StopAsync(folder, "KILL", cancellation);
        AgentProcesses.KillStrays(folder);
        return isGone;
    }

    public Task<DateTimeOffset?> LastSignAsync(AgentRef agent, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(agent);
        return Task.FromResult(folders.Of(agent.AdwId).LastSign());
    }

    public Task<AgentOutput?> ReadOutputAsync(AgentRef agent, long offset, int limit, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(agent);
        return Task.Run(() => AgentOutputReader.Read(folders.Of(agent.AdwId), offset, limit), cancellation);
    }

    public async Task<bool> MayWorkAsync(AgentRef agent, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(agent);
        AgentFolder folder = folders.Of(agent.AdwId);
        return supervisor.IsWatched(agent.AdwId)
            || (folder.IsStarted && !folder.HasExited
                && (await processes.IsAliveAsync(folder, cancellation)
                    || (folder.Group is { } group && await processes.IsAliveAsync(folder, group, cancellation))));
    }

    /// <summary>Removes the attempt's folder. The folder that the feature worked in holds what its agents made, and stays.</summary>
    public Task ForgetAsync(AgentRef agent, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(agent);
        folders.Of(agent.AdwId).Delete();
        return Task.CompletedTask;
    }

    /// <summary>Starts the shim; the task is done when it has ended.</summary>
    private static Task Start(ProcessStartInfo start)
    {
        // Redirected so that the agent holds none of the host's own streams open; the shim has files instead.
        start.RedirectStandardInput = true;
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        CrashPoints.Pass("launch");
        Process process = Process.Start(start) ?? throw new AgentLaunchException("sh did not start.");
        CrashPoints.Pass("launched");
        process.StandardInput.Close();
        process.StandardOutput.Close();
        process.StandardError.Close();
        return EndOf(process);
    }

    private static async Task EndOf(Process process)
    {
        using (process)
        {
            await process.WaitForExitAsync(CancellationToken.None);
        }
    }

    private static AgentLaunchException NotConfigured(string workflowType) => new(
        workflowType == WorkflowTypes.Shell
            ? "Shell blocks are not run here: set PhaseFlow__Agents__shell__Enabled to true to let phases run code on this machine."
            : $"No command is set for workflow type '{workflowType}': set PhaseFlow__Agents__{workflowType}__Command.");

    private static string Quote(string text) => $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    private AgentTypeOptions? Find(string workflowType) => options.Value.Types.GetValueOrDefault(workflowType);

    /// <summary>The command, in the folder that it works in. A shell block ends with the first command that fails, as in other runners.</summary>
    private string ScriptOf(AgentLaunch launch, AgentTypeOptions type, AgentFolder folder)
    {
        string work = folders.WorkOf(launch.FeatureId);
        if (string.IsNullOrWhiteSpace(type.WorkingDirectory))
        {
            Directory.CreateDirectory(work);
        }
        else
        {
            work = Path.GetFullPath(type.WorkingDirectory);
            if (!Directory.Exists(work))
            {
                throw new AgentLaunchException(
                    $"The working directory of workflow type '{launch.Phase.WorkflowType}' does not exist: {work}");
            }
        }

        string enter = $"cd {Quote(work)} || exit 72";
        if (launch.Phase.WorkflowType != WorkflowTypes.Shell)
        {
            return $"{enter}\n{type.Command}\n";
        }

        string block = ShellBlock.Find(launch.Phase.Content, out bool needsBash)
            ?? throw new AgentLaunchException($"Phase {launch.Phase.Number} has no fenced sh block to run.");
        if (!needsBash)
        {
            return $"{enter}; set -e\n{block}\n";
        }

        return processes.HasBash
            ? $"{enter}; exec bash -e {Quote(Path.Combine(folder.Path, BashFile))}\n"
            : throw new AgentLaunchException($"Phase {launch.Phase.Number} has a bash block, and there is no bash on the PATH: install it, or mark the block sh.");
    }

    private void SetEnvironment(IDictionary<string, string?> environment, AgentLaunch launch, string queueId, AgentFolder folder, string url)
    {
        AgentProcesses.RemoveSettings(environment);

        void Set(string name, IFormattable? value) => environment[Prefix + name] = value?.ToString(null, CultureInfo.InvariantCulture) ?? "";

        environment[Prefix + "URL"] = url;
        environment[Prefix + "QUEUE_ID"] = queueId;
        Set("FEATURE_ID", launch.FeatureId);
        environment[Prefix + "FEATURE_TITLE"] = launch.FeatureTitle;
        Set("PHASE_NUMBER", launch.Phase.Number);
        environment[Prefix + "PHASE_TITLE"] = launch.Phase.Title;
        Set("ATTEMPT", launch.Attempt);
        environment[Prefix + "ADW_ID"] = launch.AdwId;
        environment[Prefix + "WEBHOOK_SECRET"] = secrets.SecretText(queueId, launch.Attempt);
        environment[TelemetryNames.ParentVariable] = secrets.Traces.Parent(launch.FeatureId, launch.Phase.Number, launch.Attempt);
        environment.Remove("TRACESTATE");
        environment[PromptFile] = folder.PromptPath;
        environment[Prefix + "REPORT_FILE"] = folder.ReportPath;
        Set("ISSUE_NUMBER", launch.IssueNumber);
        environment[Prefix + "ISSUE_URL"] = launch.IssueUrl ?? "";
    }

    /// <summary>The host's address, once it has one: what a restart takes up again may be quicker than the listener.</summary>
    private async Task<string> ListeningAsync(CancellationToken cancellation)
    {
        DateTimeOffset until = time.GetUtcNow() + ListenPatience;
        while (address.Url.Length == 0)
        {
            if (time.GetUtcNow() > until)
            {
                throw new InvalidOperationException("The host does not listen: an agent could not report.");
            }

            await Task.Delay(LookInterval, time, cancellation);
        }

        return address.Url;
    }

    private async Task<bool> StopAsync(AgentFolder folder, string signal, CancellationToken cancellation)
    {
        DateTimeOffset until = time.GetUtcNow() + StopPatience;
        bool isSent = false;
        while (await processes.IsAliveAsync(folder, cancellation))
        {
            // The shim notes the group a moment after its own start.
            if (!isSent && folder.Group is { } group)
            {
                await processes.SignalGroupAsync(folder, group.Pid, signal, cancellation);
                isSent = true;
            }

            if (time.GetUtcNow() > until)
            {
                return false;
            }

            await Task.Delay(LookInterval, time, cancellation);
        }

        // Without its shim, the command may be left.
        if (!folder.HasExited && folder.Group is { } left && await processes.IsAliveAsync(folder, left, cancellation))
        {
            await processes.SignalGroupAsync(folder, left.Pid, "KILL", cancellation);
        }

        return true;
    }
}
