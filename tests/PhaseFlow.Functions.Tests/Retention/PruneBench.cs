using System.Collections.Concurrent;
using System.Reflection;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Client.Entities;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Moq;
using PhaseFlow.Core.Plans;
using PhaseFlow.Core.Runs;
using PhaseFlow.Core.Slots;
using PhaseFlow.Embedded.Issues;
using PhaseFlow.Embedded.Storage;
using PhaseFlow.Functions.Agents;
using PhaseFlow.Functions.Http;
using PhaseFlow.Functions.Issues;
using PhaseFlow.Functions.Retention;
using PhaseFlow.Functions.Slots;
using PhaseFlow.Functions.Storage;

namespace PhaseFlow.Functions.Tests.Retention;

/// <summary>The real store and issues, agents and orchestrations that are told how they stand, and a process that can be made to end at any step.</summary>
internal sealed class PruneBench : IAsyncDisposable
{
    public static readonly DateTimeOffset Now = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);

    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly string[] Tables =
        ["features", "phases", "phase_contents", "attempts", "inbox", "reports", "idempotency", "removals:feature_id", "removed_attempts"];

    private readonly TempFolder _folder = new();
    private readonly SqliteDatabase _database;
    private readonly Mock<DurableTaskClient> _client = new("test");

    public PruneBench()
    {
        _database = SqliteDatabase.Open(_folder.Database, NullLoggerFactory.Instance);
        Store = new SqlitePhaseStore(_database, TimeProvider.System);
        Issues = new LocalIssueTracker(_database, new Address(), TimeProvider.System);
        var entities = new Mock<DurableEntityClient>("test");
        entities.Setup(e => e.GetEntityAsync<SlotLedger>(SlotLimiter.Id, It.IsAny<bool>(), It.IsAny<CancellationToken>()))
            .ReturnsAsync(() => new EntityMetadata<SlotLedger>(SlotLimiter.Id, Ledger));
        entities.Setup(e => e.GetEntityAsync<SlotLedger>(SlotLimiter.Id, It.IsAny<CancellationToken>()))
            .ReturnsAsync(() => new EntityMetadata<SlotLedger>(SlotLimiter.Id, Ledger));
        _client.SetupGet(c => c.Entities).Returns(entities.Object);
        _client.Setup(c => c.GetInstanceAsync(It.IsAny<string>(), It.IsAny<CancellationToken>()))
            .ReturnsAsync((string id, CancellationToken _) => new OrchestrationMetadata("FeatureOrchestrator", id)
            {
                RuntimeStatus = Running.Contains(id) ? OrchestrationRuntimeStatus.Running : OrchestrationRuntimeStatus.Completed,
            });
        _client.Setup(c => c.PurgeInstanceAsync(It.IsAny<string>(), It.IsAny<CancellationToken>()))
            .ReturnsAsync((string id, CancellationToken _) =>
            {
                Purged.Add(id);
                return new PurgeResult(1);
            });
    }

    public IPhaseStore Store { get; }

    public IIssueTracker Issues { get; }

    public KeptLauncher Launcher { get; } = new();

    public SlotLedger Ledger { get; set; } = SlotLedger.Empty(1);

    /// <summary>Orchestrations that have not ended.</summary>
    public HashSet<string> Running { get; } = [];

    public ConcurrentBag<string> Purged { get; } = [];

    public async ValueTask DisposeAsync()
    {
        await _database.DisposeAsync();
        _folder.Dispose();
    }

    public async Task<int> PlannedAsync(DateTimeOffset at, int phases = 2)
    {
        var plan = new FeaturePlan
        {
            Title = "Old",
            Phases = [.. Enumerable.Range(1, phases).Select(n => new PhasePlan { Number = n, Title = $"Phase {n}", Content = "Do.", WorkflowType = KeptLauncher.WorkflowType })],
        };
        return (await Store.CreateFeatureAsync(plan, new IdempotencyKey(Guid.NewGuid().ToString(), "digest"), at, None)).FeatureId;
    }

    /// <summary>A feature that has ended, with an attempt, its report, and an issue with a comment.</summary>
    public async Task<int> EndedAsync(FeatureStatus status, DateTimeOffset at, int phases = 2)
    {
        int id = await PlannedAsync(at, phases);
        string adwId = AdwId.Of(id, 1, 1);
        await Store.BeginAttemptAsync(new AttemptStart(id, 1, 1, adwId, KeptLauncher.WorkflowType), at, None);
        Launcher.Kept.TryAdd(adwId, true);
        IssueRef issue = await Issues.CreateAsync(new IssueDraft(null, IssueTemplate.MarkerOf(id, 1), "Phase 1", "Do.", []), None);
        await Issues.CommentAsync(null, issue.Number, "done", "Done.", None);
        var report = new ReceivedReport($"d-{id}", id, QueueId.Format(id, 1), true, new AgentReport(0, 1, 1, Completed: true), "{}");
        InboxEntry entry = (await Store.ReceiveReportAsync(report, at, kept: null, None)).Entry!;
        var row = new PhaseState { Number = 1, Rule = new PhaseRule { WorkflowType = KeptLauncher.WorkflowType }, Status = PhaseStatus.Completed, Attempt = 1, IssueNumber = issue.Number };
        await Store.PublishAsync(
            new RunPublication(id, 1, status, false, InboxPosition.Start, [row], [new InboxSettlement(entry.Seq, MessageOutcome.Applied, null)]), at, None);
        return id;
    }

    public Task SettleAsync(int id, InboxEntry entry, DateTimeOffset at) => Store.PublishAsync(
        new RunPublication(id, 2, FeatureStatus.Failed, false, InboxPosition.Start, [], [new InboxSettlement(entry.Seq, MessageOutcome.Applied, null)]), at, None);

    public async Task<int?> IssueOfAsync(int id) => (await Store.GetFeatureAsync(id, None))!.Run.Phases[1].IssueNumber;

    public async Task<List<int>> FeaturesAsync() =>
        [.. (await Store.ListFeaturesAsync(new FeatureFilter(null, null, null, 200), None)).Items.Select(f => f.Run.FeatureId).Order()];

    public Task PruneAsync(TimeSpan? kept = null) => PruneAsync(Store, Issues, Launcher, kept ?? TimeSpan.FromDays(30));

    /// <summary>Prunes in a process that ends at a step. False where it came to its end before.</summary>
    public async Task<bool> DieAtAsync(int step, bool afterTheStep)
    {
        var death = new Death(step, afterTheStep);
        await PruneAsync(Mortal<IPhaseStore>.Of(Store, death), Mortal<IIssueTracker>.Of(Issues, death), Mortal<IAgentLauncher>.Of(Launcher, death), TimeSpan.FromDays(30));
        return death.HasCome;
    }

    /// <summary>Nothing of a feature is anywhere any more.</summary>
    public async Task AssertGoneAsync(int id)
    {
        Assert.Null(await Store.GetFeatureAsync(id, None));
        Assert.Null(await Store.GetRemovalAsync(id, None));
        Assert.DoesNotContain(AdwId.Of(id, 1, 1), Launcher.Kept.Keys);
        Assert.Contains($"feature-{id}", Purged);
        await _database.ReadAsync(
            session =>
            {
                foreach (string table in Tables)
                {
                    string column = table == "features" ? "id" : "feature_id";
                    string name = table.Split(':')[0];
                    Assert.Equal((name, 0L), (name, session.QueryFirst($"SELECT count(*) FROM {name} WHERE {column} = ?1", r => r.GetInt64(0), id)));
                }

                Assert.Equal(0, session.QueryFirst("SELECT count(*) FROM issues WHERE marker LIKE ?1", r => r.GetInt64(0), $"phaseflow:queue-{id}-%"));
                Assert.Equal(0, session.QueryFirst("SELECT count(*) FROM issue_comments WHERE number NOT IN (SELECT number FROM issues)", r => r.GetInt64(0)));
                return true;
            },
            None);
    }

    private async Task PruneAsync(IPhaseStore store, IIssueTracker issues, IAgentLauncher launcher, TimeSpan kept)
    {
        var prune = new Prune(
            store,
            new FeatureRemover(store, issues, [launcher]),
            Options.Create(new RetentionOptions { FinishedFeatures = kept }),
            new Clock(),
            NullLogger<Prune>.Instance);
        try
        {
            await prune.RunAsync(null!, _client.Object, None);
        }
        catch (DeathException)
        {
            // The process has ended.
        }
    }

    private sealed class Clock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => Now;
    }

    private sealed class Address : IPublicAddress
    {
        public string Url => "http://127.0.0.1";
    }
}

/// <summary>Keeps something of each attempt until it is told to forget it.</summary>
internal sealed class KeptLauncher : IAgentLauncher
{
    public const string WorkflowType = "kept";

    public ConcurrentDictionary<string, bool> Kept { get; } = new();

    /// <summary>Agents that are still at work.</summary>
    public HashSet<string> Working { get; } = [];

    public bool Handles(string workflowType) => workflowType == WorkflowType;

    public Task LaunchAsync(AgentLaunch launch, CancellationToken cancellation) => Task.CompletedTask;

    public Task<bool> StopAsync(AgentRef agent, CancellationToken cancellation) => Task.FromResult(true);

    public Task<DateTimeOffset?> LastSignAsync(AgentRef agent, CancellationToken cancellation) => Task.FromResult<DateTimeOffset?>(null);

    public Task<AgentOutput?> ReadOutputAsync(AgentRef agent, long offset, int limit, CancellationToken cancellation) => Task.FromResult<AgentOutput?>(null);

    public Task<bool> MayWorkAsync(AgentRef agent, CancellationToken cancellation) => Task.FromResult(Working.Contains(agent.AdwId));

    public Task ForgetAsync(AgentRef agent, CancellationToken cancellation)
    {
        Kept.TryRemove(agent.AdwId, out _);
        return Task.CompletedTask;
    }
}

internal sealed class DeathException : Exception;

/// <summary>The step at which a process ends; every step after it fails as well.</summary>
internal sealed class Death(int step, bool afterTheStep)
{
    private int _steps;

    public bool HasCome => _steps > step;

    public bool Before() => Interlocked.Increment(ref _steps) - 1 is int at && (afterTheStep ? at > step : at >= step);

    public bool After() => afterTheStep && _steps > step;
}

/// <summary>Something whose calls are steps of a process that ends.</summary>
public class Mortal<T> : DispatchProxy
    where T : class
{
    private T _inner = null!;
    private Death _death = null!;

    internal static T Of(T inner, Death death)
    {
        T proxy = Create<T, Mortal<T>>();
        ((Mortal<T>)(object)proxy)._inner = inner;
        ((Mortal<T>)(object)proxy)._death = death;
        return proxy;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        ArgumentNullException.ThrowIfNull(targetMethod);
        if (!typeof(Task).IsAssignableFrom(targetMethod.ReturnType))
        {
            return targetMethod.Invoke(_inner, args);
        }

        if (_death.Before())
        {
            throw new DeathException();
        }

        object? result = targetMethod.Invoke(_inner, args);
        if (_death.After())
        {
            ((Task)result!).GetAwaiter().GetResult();
            throw new DeathException();
        }

        return result;
    }
}
