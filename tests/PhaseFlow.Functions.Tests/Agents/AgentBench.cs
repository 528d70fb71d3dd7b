using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using PhaseFlow.Core.Plans;
using PhaseFlow.Embedded.Agents;
using PhaseFlow.Embedded.Storage;
using PhaseFlow.Functions.Agents;
using PhaseFlow.Functions.Storage;
using PhaseFlow.Functions.Webhooks;

namespace PhaseFlow.Functions.Tests.Agents;

/// <summary>A store, a webhook and real processes, in a folder of their own.</summary>
internal sealed class AgentBench : IAsyncDisposable
{
    public static readonly TimeSpan Generous = TimeSpan.FromMinutes(2);

    private readonly TempFolder _folder = new();
    private readonly List<AgentSupervisor> _supervisors = [];
    private readonly SqliteDatabase _database;
    private readonly WebhookSecrets _secrets;
    private readonly AgentProcesses _processes = new(TimeProvider.System);

    private AgentBench(WebhookSecrets secrets, WebhookEndpoint endpoint)
    {
        _secrets = secrets;
        Endpoint = endpoint;
        _database = SqliteDatabase.Open(_folder.Database, NullLoggerFactory.Instance);
        Store = new SqlitePhaseStore(_database, TimeProvider.System);
        Folders = new AgentFolders(_folder.Path);
        Options.Types["shell"] = new AgentTypeOptions { Enabled = true };
        Supervisor = NewSupervisor();
        Launcher = NewLauncher(Supervisor);
    }

    public SqlitePhaseStore Store { get; }

    public WebhookEndpoint Endpoint { get; }

    public AgentFolders Folders { get; }

    public AgentOptions Options { get; } = new();

    public AgentSupervisor Supervisor { get; }

    public LocalProcessLauncher Launcher { get; }

    public static async Task<AgentBench> StartAsync()
    {
        var secrets = new WebhookSecrets(Microsoft.Extensions.Options.Options.Create(
            new WebhookOptions { MasterKey = Convert.ToBase64String([.. Enumerable.Repeat((byte)7, 32)]) }));
        return new AgentBench(secrets, await WebhookEndpoint.StartAsync(secrets));
    }

    /// <summary>As a new host process has it.</summary>
    public AgentSupervisor NewSupervisor(ILogger<AgentSupervisor>? log = null)
    {
        var supervisor = new AgentSupervisor(
            Store, Folders, _processes, _secrets, Endpoint, TimeProvider.System, log ?? NullLogger<AgentSupervisor>.Instance);
        _supervisors.Add(supervisor);
        return supervisor;
    }

    public LocalProcessLauncher NewLauncher(AgentSupervisor supervisor) => new(
        Store, Folders, _processes, supervisor, _secrets, Endpoint, Microsoft.Extensions.Options.Options.Create(Options), TimeProvider.System);

    /// <summary>An attempt of a phase with a shell block, begun in the store.</summary>
    public Task<AgentLaunch> BeginAsync(string script, int phase = 1, int attempt = 1) =>
        BeginAsync($"Run this.\n\n```sh\n{script}\n```\n", WorkflowTypes.Shell, phase, attempt);

    public async Task<AgentLaunch> BeginAsync(string content, string workflowType, int phase = 1, int attempt = 1)
    {
        string adwId = AdwId.Of(1, phase, attempt);
        await Store.BeginAttemptAsync(
            new AttemptStart(1, phase, attempt, adwId, workflowType), TimeProvider.System.GetUtcNow(), CancellationToken.None);
        return new AgentLaunch
        {
            FeatureId = 1,
            FeatureTitle = "Feature",
            Repository = "octo/app",
            Phase = new PhasePlan { Number = phase, Title = "Phase", Content = content, WorkflowType = workflowType },
            TotalPhases = 3,
            Attempt = attempt,
            AdwId = adwId,
            IssueNumber = 12,
            IssueUrl = "http://127.0.0.1/api/v1/issues/12",
        };
    }

    public static AgentRef RefOf(AgentLaunch launch) => new(launch.FeatureId, launch.Phase.Number, launch.Attempt, launch.AdwId);

    /// <summary>A file that a script of feature 1 reads or writes.</summary>
    public string WorkFile(string name) => Path.Combine(Folders.WorkOf(1), name);

    /// <summary>Waits until a script has written a whole line into a file.</summary>
    public async Task<string> LineOfAsync(string name)
    {
        using var patience = new CancellationTokenSource(Generous);
        while (true)
        {
            if (File.Exists(WorkFile(name)) && File.ReadAllText(WorkFile(name)) is { } text && text.EndsWith('\n'))
            {
                return text.Trim();
            }

            await Task.Delay(10, patience.Token);
        }
    }

    /// <summary>Waits until a process is no more.</summary>
    public static async Task GoneAsync(string pid)
    {
        using var patience = new CancellationTokenSource(Generous);
        string stat = $"/proc/{pid}/stat";
        while (File.Exists(stat) && !IsZombie(stat))
        {
            await Task.Delay(10, patience.Token);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (AgentSupervisor supervisor in _supervisors)
        {
            await supervisor.StopAsync(CancellationToken.None);
            supervisor.Dispose();
        }

        await Endpoint.DisposeAsync();
        await _database.DisposeAsync();
        _folder.Dispose();
    }

    private static bool IsZombie(string stat)
    {
        try
        {
            return File.ReadAllText(stat).Contains(") Z ", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return true;
        }
    }
}
