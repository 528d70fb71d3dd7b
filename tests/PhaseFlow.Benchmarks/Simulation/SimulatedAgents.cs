using Microsoft.DurableTask.Converters;
using PhaseFlow.Functions.Agents;
using PhaseFlow.Functions.Issues;
using PhaseFlow.Functions.Remote;

namespace PhaseFlow.Benchmarks.Simulation;

/// <summary>What carries out an attempt, outside of the process: it survives a crash.</summary>
internal sealed class SimulatedAgent(AgentRef name)
{
    public AgentRef Name { get; } = name;

    public string QueueId { get; } = Core.Plans.QueueId.Format(name.FeatureId, name.PhaseNumber);

    public bool IsAlive { get; set; }

    /// <summary>It was stopped, so it is never started from now on.</summary>
    public bool IsFenced { get; set; }

    /// <summary>It was told to stop, or given up by people who were told that it cannot be: what it does from then on is no fault of the rules.</summary>
    public bool MayLoseItsSlot => IsFenced || (CouldNotBeTold && Cancellations > 1);

    /// <summary>A stop of it has failed.</summary>
    public bool CouldNotBeTold { get; set; }

    /// <summary>How often people have asked to cancel it.</summary>
    public int Cancellations { get; set; }

    /// <summary>What would tell it to stop is down until then; null before the first try.</summary>
    public DateTimeOffset? DownUntil { get; set; }

    public DateTimeOffset? LastSign { get; set; }

    /// <summary>It gives no sign of life while it works.</summary>
    public bool IsSilent { get; set; }
}

/// <summary>Starts and stops agents that work, hang, die, refuse to go and fail to answer.</summary>
internal sealed class SimulatedAgents(World world) : IAgentLauncher, IIssueTracker
{
    public const string WorkflowType = "simulated";

    private readonly Dictionary<string, SimulatedAgent> _agents = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _issues = new(StringComparer.Ordinal);

    public IEnumerable<SimulatedAgent> All => _agents.Values;

    public int Launches { get; private set; }

    public bool Handles(string workflowType) => workflowType == WorkflowType;

    public async Task LaunchAsync(AgentLaunch launch, CancellationToken cancellation)
    {
        await world.FaultAsync();
        PutOff("dispatches are rationed");
        SimulatedAgent agent = Find(new AgentRef(launch.FeatureId, launch.Phase.Number, launch.Attempt, launch.AdwId));
        if (agent.IsFenced || agent.LastSign is not null)
        {
            return;
        }

        if (world.Dice.Chance(4))
        {
            throw new AgentLaunchException("There is no such command.");
        }

        agent.IsAlive = true;
        agent.LastSign = world.Agenda.Now;
        agent.IsSilent = world.Dice.Chance(15);
        Launches++;
        world.Tell($"the agent of {agent.QueueId} attempt {launch.Attempt} starts");
        world.Oracle.Launched(agent, launch.Phase);
        if (!world.Dice.Chance(8))
        {
            TimeSpan work = world.Dice.Chance(10) ? launch.Phase.Timeout + world.Dice.Seconds(-60, 600) : world.Dice.Seconds(1, 120);
            world.Agenda.Outside(work, world.Dice.Chance(12) ? () => world.Questions.Ask(agent, 1, () => End(agent)) : () => End(agent));
        }

        await world.FaultAsync();
    }

    public async Task<bool> StopAsync(AgentRef agent, CancellationToken cancellation)
    {
        await world.FaultAsync();
        SimulatedAgent told = Find(agent);
        told.DownUntil ??= world.Agenda.Now + (world.Options.Outages && world.Dice.Chance(40) ? world.Dice.Seconds(1, 900) : TimeSpan.Zero);
        if (told.DownUntil > world.Agenda.Now)
        {
            throw new HttpRequestException("Connection refused");
        }

        told.IsFenced = true;
        bool isGone = !told.IsAlive || world.Dice.Chance(75);
        told.IsAlive &= !isGone;
        world.Tell($"the agent of {told.QueueId} attempt {agent.Attempt} is told to stop{(isGone ? " and is gone" : "")}");
        await world.FaultAsync();
        return isGone;
    }

    public Task<DateTimeOffset?> LastSignAsync(AgentRef agent, CancellationToken cancellation)
    {
        SimulatedAgent asked = Find(agent);
        return Task.FromResult(asked.IsAlive && !asked.IsSilent ? world.Agenda.Now - world.Dice.Seconds(0, 20) : asked.LastSign);
    }

    public Task<AgentOutput?> ReadOutputAsync(AgentRef agent, long offset, int limit, CancellationToken cancellation) => Task.FromResult<AgentOutput?>(null);

    public async Task<IssueRef> CreateAsync(IssueDraft draft, CancellationToken cancellation)
    {
        await world.FaultAsync();
        PutOff("issues are rationed");
        if (!_issues.TryGetValue(draft.Marker, out int number))
        {
            _issues.Add(draft.Marker, number = _issues.Count + 1);
        }

        await world.FaultAsync();
        return new IssueRef(number, UrlOf(draft.Repository, number));
    }

    public Task CommentAsync(string? repository, int number, string marker, string body, CancellationToken cancellation)
    {
        PutOff("comments are rationed");
        return world.FaultAsync();
    }

    public string UrlOf(string? repository, int number) => FormattableString.Invariant($"http://issues/{number}");

    public Task<Issue?> GetAsync(string? repository, int number, CancellationToken cancellation) => Task.FromResult<Issue?>(null);

    /// <summary>The activity that stops an agent has failed.</summary>
    public void StopFailed(string? input)
    {
        var request = (CancelRequest)JsonDataConverter.Default.Deserialize(input, typeof(CancelRequest))!;
        Find(request.Agent).CouldNotBeTold = true;
    }

    /// <summary>Somebody asks to cancel a feature or one phase of it.</summary>
    public void CancelIsAsked(int feature, int? phase)
    {
        foreach (SimulatedAgent agent in _agents.Values.Where(a => a.Name.FeatureId == feature && (phase ?? a.Name.PhaseNumber) == a.Name.PhaseNumber))
        {
            // One that the queue has as over is of a forgotten step: to cancel it means that one alone.
            agent.Cancellations += world.Oracle.IsOver(agent.QueueId) ? 2 : 1;
        }
    }

    /// <summary>Now and then another system wants to be asked later, or a moment ago.</summary>
    private void PutOff(string reason)
    {
        if (world.Dice.Chance(3))
        {
            throw new TryLaterException(new RemoteDelay(world.Agenda.Now + world.Dice.Seconds(-5, 300), reason));
        }
    }

    private SimulatedAgent Find(AgentRef name)
    {
        if (!_agents.TryGetValue(name.AdwId, out SimulatedAgent? agent))
        {
            // It may be cancelled before its launch gets through; a forgotten step may even launch it after its phase was.
            DateTimeOffset since = world.Options.Forgets ? DateTimeOffset.MinValue : world.Oracle.HoldsSince(name);
            _agents.Add(name.AdwId, agent = new SimulatedAgent(name) { Cancellations = world.Oracle.CancellationsSince(since, name.FeatureId, name.PhaseNumber) });
        }

        return agent;
    }

    private void End(SimulatedAgent agent)
    {
        if (agent.IsAlive)
        {
            agent.IsAlive = false;
            bool completed = world.Dice.Chance(72);
            world.Tell($"the agent of {agent.QueueId} attempt {agent.Name.Attempt} ends, {(completed ? "completed" : "failed")}");
            world.Network.Report(agent, completed);
        }
    }
}
