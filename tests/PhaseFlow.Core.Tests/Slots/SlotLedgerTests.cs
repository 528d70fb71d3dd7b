using PhaseFlow.Core.Slots;
using Xunit;
using static PhaseFlow.Core.Tests.Slots.Ledgers;

namespace PhaseFlow.Core.Tests.Slots;

public sealed class SlotLedgerTests
{
    [Fact]
    public void Exchange_WhenSlotsAreFree_GrantsEachRequestItsOwn()
    {
        (SlotLedger ledger, SlotExchangeResult result) = SlotLedger.Empty(3).Ask(Request(1, 1), Request(1, 2));

        Assert.Equal<SlotGrant>([new SlotGrant(1, "queue-1-1", 1, 1), new SlotGrant(2, "queue-1-2", 1, 1)], result.Granted);
        Assert.Equal<SlotHolder>([new SlotHolder(1, "queue-1-1", 1, 1, 50, Now), new SlotHolder(2, "queue-1-2", 1, 1, 50, Now)], ledger.Held);
    }

    [Fact]
    public void Exchange_WhenAllSlotsAreHeld_LinesUpWhatIsRequested()
    {
        (SlotLedger ledger, SlotExchangeResult result) = Of(capacity: 3, phases: 3).Ask(Request(2, 1));

        Assert.Empty(result.Granted);
        Assert.Equal(["queue-2-1"], ledger.Waiting.Names());
    }

    [Fact]
    public void Exchange_WhenPhasesWait_GivesTheFreedSlotToTheNextInLine()
    {
        (SlotLedger ledger, SlotExchangeResult result) = Of(capacity: 3, phases: 5).GiveBack(1, 2);

        Assert.Equal(new SlotGrant(2, "queue-1-4", 1, 1), Assert.Single(result.Granted));
        Assert.Equal(["queue-1-5"], ledger.Waiting.Names());
    }

    [Fact]
    public void Exchange_WhenOneGivesBackAndAsks_NeverLeavesTheSlotIdleBetween()
    {
        SlotLedger ledger = Of(capacity: 1, phases: 1);

        SlotExchangeResult result = ledger.Exchange(new SlotExchange([new SlotRelease("queue-1-1", 1)], [Request(1, 2)]), Now).Result;

        Assert.Equal(new SlotGrant(1, "queue-1-2", 1, 1), Assert.Single(result.Granted));
    }

    [Fact]
    public void Exchange_WhenAHolderAsksAgain_TellsItOfItsSlotAgainAndChangesNothing()
    {
        SlotLedger ledger = Of(capacity: 3, phases: 4);

        (SlotLedger after, SlotExchangeResult result) = ledger.Ask(Request(1, 2));

        Assert.Same(ledger, after);
        Assert.Equal(new SlotGrant(2, "queue-1-2", 1, 1), Assert.Single(result.Granted));
    }

    [Fact]
    public void Exchange_WhenOneInLineAsksAgain_KeepsItsPlace()
    {
        SlotLedger ledger = Of(capacity: 3, phases: 5);

        (SlotLedger after, SlotExchangeResult result) = ledger.Ask(Request(1, 4));

        Assert.Same(ledger, after);
        Assert.Empty(result.Granted);
    }

    [Fact]
    public void Exchange_WhenOneInLineAsksAgainWithAnotherPriority_MovesInTheLine()
    {
        SlotLedger ledger = Of(capacity: 3, phases: 6);

        (SlotLedger after, SlotExchangeResult result) = ledger.Ask(Request(1, 6, priority: 10));

        Assert.Empty(result.Granted);
        Assert.Equal(["queue-1-6", "queue-1-4", "queue-1-5"], after.DispatchOrder().Names());
        Assert.Equal(ledger.Waiting.Single(w => w.QueueId == "queue-1-6") with { Priority = 10 }, after.Waiting.Single(w => w.QueueId == "queue-1-6"));
        Assert.Equal("queue-1-6", Assert.Single(after.GiveBack(1, 1).Result.Granted).QueueId);
        Assert.Equal(["queue-1-4", "queue-1-5", "queue-1-6"], after.Ask(Request(1, 6)).Ledger.DispatchOrder().Names());
    }

    [Fact]
    public void Exchange_WhenAnOlderAttemptAsksWithAnotherPriority_ChangesNothing()
    {
        SlotLedger ledger = Of(capacity: 1, phases: 1).Ask(Request(1, 2, attempt: 2)).Ledger;

        Assert.Same(ledger, ledger.Ask(Request(1, 2, attempt: 1, priority: 10)).Ledger);
    }

    [Fact]
    public void Exchange_WhenOneInLineGivesUp_LeavesTheLine()
    {
        (SlotLedger ledger, SlotExchangeResult result) = Of(capacity: 3, phases: 5).GiveBack(1, 4);

        Assert.Empty(result.Granted);
        Assert.Equal(["queue-1-5"], ledger.Waiting.Names());
    }

    [Fact]
    public void Exchange_WhenPrioritiesDiffer_ServesTheUrgentFirst()
    {
        SlotLedger ledger = Of(capacity: 1, phases: 1).Ask(Request(2, 1, priority: 90), Request(3, 1, priority: 50), Request(4, 1, priority: 10)).Ledger;

        Assert.Equal(["queue-4-1", "queue-3-1", "queue-2-1"], ServeAll(ledger));
    }

    [Fact]
    public void Exchange_WhenTwoFeaturesWaitWithEqualPriority_ServesThemInTurns()
    {
        SlotLedger ledger = SlotLedger.Empty(1)
            .Ask([.. Enumerable.Range(1, 5).Select(p => Request(1, p))]).Ledger
            .Ask([.. Enumerable.Range(1, 5).Select(p => Request(2, p))]).Ledger;

        string[] served = [.. ledger.Held.Names(), .. ServeAll(ledger)];

        Assert.Equal(
            [
                "queue-1-1", "queue-2-1", "queue-1-2", "queue-2-2", "queue-1-3", "queue-2-3", "queue-1-4", "queue-2-4", "queue-1-5", "queue-2-5",
            ],
            served);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Exchange_WhenUrgentRequestsNeverEnd_ServesABackgroundRequestAllTheSame(int urgentPerGrant)
    {
        // Eighty points of priority are eight steps; what came before that is served first, and nothing that comes later.
        int bound = urgentPerGrant * 9 * SlotLedger.AgeingStep;
        SlotLedger ledger = SlotLedger.Empty(1).Ask(Request(1, 1, priority: 10)).Ledger.Ask(Request(2, 1, priority: 90)).Ledger;
        int feature = 2;
        int grants = 0;

        while (ledger.Held[0].QueueId != "queue-2-1" && grants <= bound)
        {
            ledger = ledger.Ask([.. Enumerable.Range(0, urgentPerGrant).Select(_ => Request(++feature, 1, priority: 10))]).Ledger;
            ledger = ledger.GiveBack(ledger.Held[0]).Ledger;
            grants++;
        }

        Assert.InRange(grants, SlotLedger.AgeingStep, bound);
    }

    [Fact]
    public void Exchange_WhenTheCapacityWasLowered_GrantsNothingUntilEnoughIsGivenBack()
    {
        SlotLedger ledger = Of(capacity: 3, phases: 4) with { Capacity = 1 };

        (ledger, SlotExchangeResult first) = ledger.GiveBack(1, 1);
        (ledger, SlotExchangeResult second) = ledger.GiveBack(1, 2);
        (ledger, SlotExchangeResult third) = ledger.GiveBack(1, 3);

        Assert.Empty(first.Granted);
        Assert.Empty(second.Granted);
        Assert.Equal(["queue-1-4"], third.Granted.Names());
        Assert.Equal(["queue-1-4"], ledger.Held.Names());
    }

    [Fact]
    public void Exchange_WhenTheCapacityWasRaised_FillsTheNewSlots()
    {
        SlotLedger ledger = Of(capacity: 1, phases: 4) with { Capacity = 3 };

        SlotExchangeResult result = ledger.Refill().Result;

        Assert.Equal<SlotGrant>([new SlotGrant(2, "queue-1-2", 1, 1), new SlotGrant(3, "queue-1-3", 1, 1)], result.Granted);
    }

    [Fact]
    public void Exchange_WhenANewerAttemptAsks_EndsTheOneThatHolds()
    {
        SlotLedger ledger = Of(capacity: 1, phases: 1);

        (SlotLedger after, SlotExchangeResult result) = ledger.Ask(Request(1, 1, attempt: 2));

        Assert.Equal(new SlotGrant(1, "queue-1-1", 2, 1), Assert.Single(result.Granted));
        Assert.Equal(2, Assert.Single(after.Held).Attempt);
    }

    [Fact]
    public void Exchange_WhenANewerAttemptAsks_TakesThePlaceOfTheOneInLine()
    {
        SlotLedger after = Of(capacity: 1, phases: 2).Ask(Request(1, 2, attempt: 2)).Ledger;

        Assert.Equal(2, Assert.Single(after.Waiting).Attempt);
    }

    [Fact]
    public void Exchange_WhenANewerAttemptGivesBack_FreesWhatAnOlderOneStillHolds()
    {
        SlotLedger after = Of(capacity: 1, phases: 1).GiveBack(1, 1, attempt: 2).Ledger;

        Assert.Empty(after.Held);
    }

    [Fact]
    public void Exchange_WhenAnOlderAttemptGivesBack_LeavesTheNewerItsSlot()
    {
        SlotLedger ledger = SlotLedger.Empty(1).Ask(Request(1, 1, attempt: 2)).Ledger;

        Assert.Same(ledger, ledger.GiveBack(1, 1, attempt: 1).Ledger);
    }

    [Fact]
    public void Exchange_WhenAnAttemptThatHasEndedAsks_IgnoresIt()
    {
        SlotLedger ledger = Of(capacity: 1, phases: 1).GiveBack(1, 1).Ledger;

        (SlotLedger after, SlotExchangeResult result) = ledger.Ask(Request(1, 1));

        Assert.Same(ledger, after);
        Assert.Empty(result.Granted);
    }

    [Fact]
    public void Exchange_WhenAnAttemptThatMayReturnAsks_GrantsAgain()
    {
        SlotLedger ledger = Of(capacity: 1, phases: 1).GiveBack(1, 1, mayReturn: true).Ledger;

        Assert.Equal(["queue-1-1"], ledger.Ask(Request(1, 1)).Result.Granted.Names());
    }

    [Fact]
    public void Exchange_WhenAnOlderAttemptAsksThanWaits_IgnoresIt()
    {
        SlotLedger ledger = Of(capacity: 1, phases: 1).Ask(Request(2, 1, attempt: 2)).Ledger;

        (SlotLedger after, SlotExchangeResult result) = ledger.Ask(Request(2, 1, attempt: 1));

        Assert.Same(ledger, after);
        Assert.Empty(result.Granted);
    }

    [Fact]
    public void Exchange_WhenALaterAttemptHoldsASlotThanIsAskedForOrGivenBack_TellsOfIt()
    {
        SlotLedger ledger = SlotLedger.Empty(1).Ask(Request(2, 1, attempt: 2)).Ledger;

        (SlotLedger asked, SlotExchangeResult toAsk) = ledger.Ask(Request(2, 1, attempt: 1));
        (SlotLedger given, SlotExchangeResult toGive) = ledger.GiveBack(2, 1, attempt: 1);

        Assert.Same(ledger, asked);
        Assert.Same(ledger, given);
        Assert.Equal(new SlotGrant(1, "queue-2-1", 2, 2), Assert.Single(toAsk.Granted));
        Assert.Equal(new SlotGrant(1, "queue-2-1", 2, 2), Assert.Single(toGive.Granted));
    }

    [Fact]
    public void Exchange_WhenOneInLineLeavesIt_LetsGoOfItsPlace()
    {
        SlotLedger ledger = Of(capacity: 1, phases: 2);
        var leaving = new SlotExchange([new SlotRelease("queue-1-2", 1, FromLine: true)], []);

        (SlotLedger after, SlotExchangeResult result) = ledger.Exchange(leaving, Now);

        Assert.Empty(after.Waiting);
        Assert.Equal(new SlotTombstone("queue-1-2", 1), Assert.Single(result.LeftBy(leaving)));
    }

    [Fact]
    public void Exchange_WhenOneLeavesTheLineBeforeItsRequestComes_SaysThatItIsOver()
    {
        var leaving = new SlotExchange([new SlotRelease("queue-1-1", 1, FromLine: true)], []);

        (SlotLedger after, SlotExchangeResult result) = SlotLedger.Empty(1).Exchange(leaving, Now).Ledger.Ask(Request(1, 1));

        Assert.Equal((0, 0), (after.Held.Length, after.Waiting.Length));
        Assert.Equal(new SlotTombstone("queue-1-1", 1), Assert.Single(result.Over));
    }

    [Fact]
    public void Exchange_WhenAnEarlierAttemptLeavesTheLineLate_RemembersTheLastOne()
    {
        SlotLedger ledger = Of(capacity: 1, phases: 1).GiveBack(1, 1, attempt: 2).Ledger;

        Assert.Same(ledger, ledger.Exchange(new SlotExchange([new SlotRelease("queue-1-1", 1, FromLine: true)], []), Now).Ledger);
    }

    [Fact]
    public void Exchange_WhenOneThatLeavesTheLineHasItsSlot_KeepsItAndTellsOfIt()
    {
        SlotLedger ledger = Of(capacity: 1, phases: 1);
        var leaving = new SlotExchange([new SlotRelease("queue-1-1", 1, FromLine: true)], []);

        (SlotLedger after, SlotExchangeResult result) = ledger.Exchange(leaving, Now);

        Assert.Same(ledger, after);
        Assert.Equal(new SlotGrant(1, "queue-1-1", 1, 1), Assert.Single(result.Granted));
        Assert.Empty(result.LeftBy(leaving));
    }

    [Fact]
    public void Exchange_WhenAnEndedAttemptAsksAgain_SaysThatItIsOver()
    {
        SlotLedger ledger = Of(capacity: 1, phases: 1).GiveBack(1, 1).Ledger;

        (SlotLedger after, SlotExchangeResult result) = ledger.Ask(Request(1, 1));

        Assert.Same(ledger, after);
        Assert.Equal(new SlotTombstone("queue-1-1", 1), Assert.Single(result.Over));
    }

    [Fact]
    public void Exchange_WhenARecountComesLate_LeavesInLineWhatCameSince()
    {
        SlotLedger ledger = Of(capacity: 1, phases: 2);

        SlotLedger after = ledger.Exchange(new SlotExchange([], []) { Recount = new SlotRecount(1, Now) }, Now).Ledger;

        Assert.Same(ledger, after);
    }

    [Fact]
    public void Exchange_WhenAFeatureAsksForAllThatItWants_TellsOfTheRestAndTakesItOutOfTheLine()
    {
        // Phases 1 and 2 hold, 3 and 4 wait, and so does phase 1 of another feature.
        SlotLedger ledger = Of(capacity: 2, phases: 4).Ask(Request(2, 1)).Ledger;

        (SlotLedger after, SlotExchangeResult result) = ledger.Exchange(new SlotExchange([], [Request(1, 1), Request(1, 3)]) { Recount = new SlotRecount(1, Now.AddMinutes(1)) }, Now);

        Assert.Equal(["queue-1-2", "queue-1-1"], result.Granted.Select(g => g.QueueId));
        Assert.Equal(["queue-1-1", "queue-1-2"], after.Held.Names());
        Assert.Equal(["queue-1-3", "queue-2-1"], after.Waiting.Names());
    }

    [Fact]
    public void Exchange_WhenMoreAttemptsHaveEndedThanAreRemembered_ForgetsTheOldest()
    {
        SlotLedger ledger = SlotLedger.Empty(1);
        for (int phase = 1; phase <= SlotLedger.RememberedEnds + 1; phase++)
        {
            ledger = ledger.Ask(Request(1, phase)).Ledger.GiveBack(1, phase).Ledger;
        }

        Assert.Equal(SlotLedger.RememberedEnds, ledger.Ended.Length);
        Assert.DoesNotContain(ledger.Ended, t => t.QueueId == "queue-1-1");
    }

    [Fact]
    public void Exchange_WhenAFeatureHoldsAndWaitsForNothing_ForgetsWhenItWasServed()
    {
        SlotLedger ledger = Of(capacity: 1, phases: 1);

        Assert.Equal([1], ledger.LastServed.Keys);
        Assert.Empty(ledger.GiveBack(1, 1).Ledger.LastServed);
    }

    [Fact]
    public void Then_WhenTheSecondTakesBackWhatTheFirstAsksFor_AsksForItNoMore()
    {
        var first = new SlotExchange([], [Request(1, 1), Request(1, 2)]);
        var second = new SlotExchange([new SlotRelease("queue-1-1", 1)], [Request(1, 1, attempt: 2)]);

        SlotExchange both = first.Then(second);

        Assert.Equal<SlotRelease>([new SlotRelease("queue-1-1", 1)], both.Released);
        Assert.Equal<SlotRequest>([Request(1, 2), Request(1, 1, attempt: 2)], both.Requested);
    }

    [Fact]
    public void Then_WhenTheSecondAsksAgain_KeepsItsRequestAlone()
    {
        var first = new SlotExchange([], [Request(1, 1), Request(1, 2)]);

        SlotExchange both = first.Then(new SlotExchange([], [Request(1, 1, priority: 10)]));

        Assert.Equal<SlotRequest>([Request(1, 2), Request(1, 1, priority: 10)], both.Requested);
    }

    /// <summary>Gives back what is held, one slot at a time, and tells who was served.</summary>
    private static List<string> ServeAll(SlotLedger ledger)
    {
        var served = new List<string>();
        while (!ledger.Held.IsEmpty)
        {
            (ledger, SlotExchangeResult result) = ledger.GiveBack(ledger.Held[0]);
            served.AddRange(result.Granted.Names());
        }

        return served;
    }
}
