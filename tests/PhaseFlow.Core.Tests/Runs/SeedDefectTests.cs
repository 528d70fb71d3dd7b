using System.Globalization;
using PhaseFlow.Core.Graphs;
using PhaseFlow.Core.Plans;
using PhaseFlow.Core.Runs;
using PhaseFlow.Core.Slots;
using PhaseFlow.Core.Webhooks;
using Xunit;
using static PhaseFlow.Core.Runs.PhaseStatus;

namespace PhaseFlow.Core.Tests.Runs;

/// <summary>The defects of the algorithm that the product was asked for with, each shown to be gone. Number 12, the migration of old data, lives outside the rules.</summary>
public sealed class SeedDefectTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Defect1_WhenAFeatureFreesASlot_ItIsOfferedToTheFeatureThatWaitsLongest()
    {
        SlotLedger ledger = Exchange(SlotLedger.Empty(1), [], [Request(1, 1)]).Ledger;
        ledger = Exchange(ledger, [], [Request(2, 1)]).Ledger;

        SlotExchangeResult result = Exchange(ledger, [new SlotRelease("queue-1-1", 1)], [Request(1, 2), Request(1, 3)]).Result;

        Assert.Equal("queue-2-1", Assert.Single(result.Granted).QueueId);
    }

    [Fact]
    public void Defect2_WhenTwoPhasesCompleteAtOnce_NoMoreThanTwoAreLaunched()
    {
        SlotLedger ledger = Exchange(SlotLedger.Empty(3), [], [.. Enumerable.Range(1, 9).Select(n => Request(n, 1))]).Ledger;

        (ledger, SlotExchangeResult first) = Exchange(ledger, [new SlotRelease("queue-1-1", 1)], []);
        (ledger, SlotExchangeResult second) = Exchange(ledger, [new SlotRelease("queue-2-1", 1)], []);

        Assert.Equal(3, ledger.Held.Length);
        Assert.Equal([4, 5], first.Granted.Concat(second.Granted).Select(g => g.FeatureId));
    }

    [Fact]
    public void Defect3_WhenOneOfItsDependenciesStillRuns_ThePhaseIsNotLaunched()
    {
        RunDriver run = RunDriver.Executed().Complete(1).Start(3).Start(2).Report(2);

        Assert.Equal(Queued, run[4].Status);
        Assert.DoesNotContain(run.Requested, r => r.QueueId == "queue-7-4");
    }

    [Fact]
    public void Defect4_WhenTheProcessDiesAfterAReport_TheNextDispatchIsAskedForAgain()
    {
        RunDriver run = RunDriver.Executed().Start(1).Report(1); // what it asked for is lost

        run.Apply(new Loaded());

        Assert.Equal([RunDriver.Release(1)], run.Released);
        Assert.Equal([run.Request(2), run.Request(3), run.Request(5)], run.Requested);
    }

    [Fact]
    public void Defect5_WhenALaunchThrows_ThePhaseIsTriedAgainAndItsSlotIsFree()
    {
        RunDriver run = RunDriver.Single(p => p with { MaxAttempts = 2 }).Grant(1).Apply(new LaunchFailed(1, 1, "Boom."));

        Assert.Equal([RunDriver.Release(1)], run.Released);
        Assert.Equal([run.Request(1, attempt: 2) with { Since = run.Now.AddSeconds(30) }], run.Wait(TimeSpan.FromSeconds(30)).Requested);
    }

    [Fact]
    public void Defect6_WhenADependencyIsMissingOrCircular_ThePlanIsRefused()
    {
        PhasePlan[] missing = [new() { Number = 1, Title = "One", DependsOn = [9] }];
        PhasePlan[] circular = [new() { Number = 1, Title = "One", DependsOn = [2] }, new() { Number = 2, Title = "Two", DependsOn = [1] }];

        Assert.Equal(PlanFaultCodes.MissingDependency, Assert.Single(PhaseGraph.Validate([.. missing])).Code);
        Assert.Equal(PlanFaultCodes.Cycle, Assert.Single(PhaseGraph.Validate([.. circular])).Code);
    }

    [Fact]
    public void Defect7_WhenPrioritiesDiffer_TheyDecideAndThenTheOrderOfArrival()
    {
        SlotLedger ledger = Exchange(
            SlotLedger.Empty(1), [], [Request(1, 1), Request(2, 1, priority: 90), Request(3, 1, priority: 10), Request(4, 1, priority: 90)]).Ledger;

        Assert.Equal("queue-3-1", Assert.Single(ledger.Held).QueueId);
        Assert.Equal([1, 2, 4], ledger.DispatchOrder().Select(w => w.FeatureId));
    }

    [Theory]
    [InlineData("failure")]
    [InlineData("cancel")]
    [InlineData("death")]
    public void Defect8_WhenAnAttemptEndsAnyhow_ItsSlotIsGivenBack(string end)
    {
        RunDriver run = RunDriver.Single().Start(1);

        run = end switch
        {
            "failure" => run.Report(1, completed: false),
            "cancel" => run.Command(CommandKind.Cancel).Apply(new AgentStopped(1, 1, Confirmed: true)),
            _ => run.Wait(run[1].Rule.Timeout).Apply(new AgentStopped(1, 1, Confirmed: false)).Wait(FeatureRun.StopGrace),
        };

        Assert.Equal([RunDriver.Release(1)], run.Released);
        Assert.True(run[1].Status.IsSettled());
    }

    [Fact]
    public void Defect9_WhenTheProcessDiesBetweenReadyAndLaunch_ThePhaseIsFoundAgain()
    {
        RunDriver ready = RunDriver.Executed().Apply(new Loaded());
        Assert.Equal([ready.Request(1)], ready.Requested);

        RunDriver granted = RunDriver.Executed().Grant(1).Apply(new Loaded());
        Assert.Contains(new LaunchPhase(1, 1, "external"), granted.Last.Effects);
    }

    [Fact]
    public void Defect10_WhenAReportIsSignedForAnotherAttempt_ItIsRefusedAndOneOfAPastAttemptIsNotApplied()
    {
        byte[] master = new byte[32];
        byte[] body = "{}"u8.ToArray();
        string signature = WebhookSignature.Sign("msg-1", Now, body, AttemptSecret.Derive(master, "queue-7-1", 1));

        SignatureVerdict verdict = WebhookSignature.Verify(
            "msg-1", Now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture), signature, body, [AttemptSecret.Derive(master, "queue-7-1", 2)], Now);
        RunDriver run = RunDriver.Single().Command(CommandKind.Suspend).Left(1).Command(CommandKind.Resume).Start(1, attempt: 2).Report(1, attempt: 1);

        Assert.Equal(SignatureVerdict.NoMatch, verdict);
        Assert.Equal(MessageOutcome.Stale, run.Last.Outcome);
        Assert.Equal(Running, run[1].Status);
    }

    [Fact]
    public void Defect11_WhenManyPhasesCompleteOneAfterAnother_TheCapHoldsAfterEachStep()
    {
        SlotLedger ledger = Exchange(SlotLedger.Empty(3), [], [.. Enumerable.Range(1, 50).Select(n => Request(n, 1))]).Ledger;
        int peak = 0;
        while (!ledger.Held.IsEmpty)
        {
            peak = Math.Max(peak, ledger.Held.Length);
            ledger = Exchange(ledger, [new SlotRelease(ledger.Held[^1].QueueId, 1)], []).Ledger;
        }

        Assert.Equal(3, peak);
        Assert.Equal(50, ledger.Grants);
    }

    [Fact]
    public void Defect13_WhenAPhaseIsIterated_EachAttemptIsItsOwnAndThePhaseCompletesOnce()
    {
        RunDriver run = RunDriver.Single(p => p with { MaxAttempts = 3, RetryBackoff = TimeSpan.Zero })
            .Start(1).Report(1, completed: false)
            .Start(1, attempt: 2).Report(1, completed: false, attempt: 2)
            .Start(1, attempt: 3).Report(1, attempt: 1).Report(1, attempt: 2);
        Assert.Equal(Running, run[1].Status);

        run.Report(1, attempt: 3);

        Assert.Equal(Completed, run[1].Status);
        Assert.Equal(3, Enumerable.Range(1, 3).Select(a => AdwId.Of(RunDriver.FeatureId, 1, a)).Distinct().Count());
    }

    private static SlotRequest Request(int feature, int phase, int priority = 50) => new(QueueId.Format(feature, phase), 1, feature, priority, Now);

    private static (SlotLedger Ledger, SlotExchangeResult Result) Exchange(SlotLedger ledger, SlotRelease[] released, SlotRequest[] requested) =>
        ledger.Exchange(new SlotExchange([.. released], [.. requested]), Now);
}
