using PhaseFlow.Core.Runs;
using PhaseFlow.Core.Slots;
using PhaseFlow.Core.Sweeps;
using PhaseFlow.Core.Tests.Runs;
using Xunit;

namespace PhaseFlow.Core.Tests.Sweeps;

public sealed class SweepRulesTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    [Fact]
    public void Find_WhenTheLimiterAndTheQueueAgree_FindsNothing()
    {
        RunDriver run = RunDriver.Executed();
        SlotLedger ledger = Ask(SlotLedger.Empty(1), run);
        run.Grant(1);

        Assert.True(SweepRules.Find(ledger, [run.Run], run.Now + Minute).IsEmpty);
    }

    [Fact]
    public void Find_WhenAPhaseStandsInLine_FindsNothing()
    {
        RunDriver first = RunDriver.Executed().Complete(1);
        SlotLedger ledger = Ask(SlotLedger.Empty(1), first);
        first.Grant(2);

        Assert.True(SweepRules.Find(ledger, [first.Run], first.Now + Minute).IsEmpty);
    }

    [Fact]
    public void Find_WhenAnEndedAttemptHoldsASlot_GivesItBackForGood()
    {
        RunDriver run = RunDriver.Executed();
        SlotLedger ledger = Ask(SlotLedger.Empty(1), run);
        run.Start(1).Report(1, completed: false);

        SweepFindings findings = SweepRules.Find(ledger, [run.Run], run.Now + Minute);

        Assert.Equal(RunDriver.Release(1), Assert.Single(findings.Leaked));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(24 * 60)]
    public void Find_WhenTheHolderIsNotKnownForHoweverLong_TakesItForNoLeak(int minutes)
    {
        RunDriver run = RunDriver.Executed();
        SlotLedger ledger = Ask(SlotLedger.Empty(1), run);

        SweepFindings findings = SweepRules.Find(ledger, [], run.Now + (minutes * Minute));

        Assert.Empty(findings.Leaked);
        Assert.Equal(RunDriver.Release(1, mayReturn: true), Assert.Single(findings.Unknown));
    }

    [Fact]
    public void Find_WhenTheHolderIsBeingStoppedForLong_FindsNothing()
    {
        RunDriver run = RunDriver.Single().Start(1).Report(1);
        SlotLedger ledger = SlotLedger.Empty(1).Exchange(new SlotExchange([], [run.Request(1, attempt: 2)]), run.Now).Ledger;
        run.Grant(1, attempt: 2).Apply(new AgentStopped(1, 2, Confirmed: false, "connection refused"));

        Assert.True(SweepRules.Find(ledger, [run.Run], run.Now + (100 * Minute)).IsEmpty);
    }

    [Fact]
    public void Find_WhenTheRowIsAnAttemptBehindTheHolder_TakesItForNoLeakYet()
    {
        RunDriver run = RunDriver.Single(p => p with { MaxAttempts = 2 }).Start(1).Report(1, completed: false);
        FeatureRun stored = run.Run; // the second attempt has begun, and no publication has told it
        run.Wait(TimeSpan.FromSeconds(30));
        SlotLedger ledger = SlotLedger.Empty(1).Exchange(new SlotExchange([], [.. run.Requested]), run.Now).Ledger;

        SweepFindings findings = SweepRules.Find(ledger, [stored], run.Now + Minute);

        Assert.Empty(findings.Leaked);
        Assert.Equal(RunDriver.Release(1, attempt: 2, mayReturn: true), Assert.Single(findings.Unknown));
    }

    [Fact]
    public void Find_WhenAnAttemptHasJustEnded_LeavesItsReleaseTime()
    {
        RunDriver run = RunDriver.Executed();
        SlotLedger ledger = Ask(SlotLedger.Empty(1), run);
        run.Start(1).Wait(TimeSpan.FromMinutes(5)).Report(1);

        Assert.Empty(SweepRules.Find(ledger, [run.Run], run.Now - Minute).Leaked);
        Assert.Single(SweepRules.Find(ledger, [run.Run], run.Now + Minute).Leaked);
    }

    [Fact]
    public void Find_WhenAHolderIsNew_LeavesItTime()
    {
        RunDriver run = RunDriver.Executed();
        SlotLedger ledger = Ask(SlotLedger.Empty(1), run);

        Assert.True(SweepRules.Find(ledger, [], run.Now).IsEmpty);
    }

    [Fact]
    public void Find_WhenAReadyPhaseIsNotInLine_NamesItsFeature()
    {
        RunDriver run = RunDriver.Executed();

        SweepFindings findings = SweepRules.Find(SlotLedger.Empty(1), [run.Run], run.Now + Minute);

        Assert.Equal(RunDriver.FeatureId, Assert.Single(findings.Unasked));
        Assert.True(SweepRules.Find(SlotLedger.Empty(1), [run.Run], run.Now).IsEmpty);
    }

    [Fact]
    public void Find_WhenAReadyPhaseHasNotHeardOfItsGrant_NamesItsFeature()
    {
        RunDriver run = RunDriver.Executed();
        SlotLedger ledger = Ask(SlotLedger.Empty(1), run);

        SweepFindings findings = SweepRules.Find(ledger, [run.Run], run.Now + Minute);

        Assert.Empty(findings.Leaked);
        Assert.Equal(RunDriver.FeatureId, Assert.Single(findings.Unasked));
    }

    [Fact]
    public void Find_WhenARunningPhaseHoldsNoSlot_NamesItsFeatureOnce()
    {
        RunDriver run = RunDriver.Executed().Complete(1).Start(2).Start(3);

        Assert.Equal(RunDriver.FeatureId, Assert.Single(SweepRules.Find(SlotLedger.Empty(3), [run.Run], run.Now + Minute).Unasked));
    }

    [Fact]
    public void Find_WhenASlotIsFreeAndSomebodyWaits_SaysSo()
    {
        RunDriver run = RunDriver.Executed().Complete(1);
        SlotLedger ledger = Ask(SlotLedger.Empty(1), run) with { Capacity = 2 };

        Assert.True(SweepRules.Find(ledger, [run.Run], run.Now + Minute).Idle);
    }

    [Fact]
    public void Find_WhenItsFindingsAreActedOn_FindsNothingMore()
    {
        RunDriver run = RunDriver.Executed();
        SlotLedger ledger = Ask(SlotLedger.Empty(1), run);
        run.Start(1).Report(1);
        SweepFindings findings = SweepRules.Find(ledger, [run.Run], run.Now + Minute);

        (ledger, _) = ledger.Exchange(new SlotExchange(findings.Leaked, []), run.Now);
        run.Apply(new FeatureCommand(0, CommandKind.Reconcile));
        (ledger, SlotExchangeResult result) = ledger.Exchange(new SlotExchange([.. run.Released], [.. run.Requested]), run.Now);
        run.Grant(2, slot: Assert.Single(result.Granted).Slot);

        Assert.True(SweepRules.Find(ledger, [run.Run], run.Now + Minute).IsEmpty);
    }

    /// <summary>The ledger after every ready phase has asked.</summary>
    private static SlotLedger Ask(SlotLedger ledger, RunDriver run)
    {
        var ready = run.Run.Phases.Values.Where(p => p.Status == PhaseStatus.Ready);
        return ledger.Exchange(new SlotExchange([], [.. ready.Select(p => run.Request(p.Number))]), run.Now).Ledger;
    }
}
