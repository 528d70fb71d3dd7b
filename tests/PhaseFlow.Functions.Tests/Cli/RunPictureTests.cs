using PhaseFlow.Core.Runs;
using PhaseFlow.Core.Slots;
using PhaseFlow.Embedded.Cli.View;

namespace PhaseFlow.Functions.Tests.Cli;

public sealed class RunPictureTests
{
    [Fact]
    public void Of_WhenAPhaseRuns_ShowsItsSlotAttemptIssueAndTime()
    {
        PhaseRow row = Pictures.Of(Pictures.Feature((2, Pictures.Running)), seconds: 10).Rows[1];

        Assert.Equal((PhaseStatus.Running, 1, 2, 12, ""), (row.Status, row.Attempt, row.Slot, row.Issue, row.Note));
        Assert.Equal(TimeSpan.FromSeconds(6), row.Elapsed);
    }

    [Fact]
    public void Of_WhenAnExternalPhaseRuns_SaysThatItWaitsForAReport()
    {
        PhaseRow row = Pictures.Of(Pictures.Feature((2, Pictures.Outside))).Rows[1];

        Assert.Equal("waits for a report from outside (pf_report, README)", row.Note);
    }

    [Fact]
    public void Of_WhenAPhaseIsOver_TimeStandsStill()
    {
        PhaseRow row = Pictures.Of(Pictures.Feature((1, Pictures.Completed)), seconds: 500).Rows[0];

        Assert.Equal(TimeSpan.FromSeconds(2.5), row.Elapsed);
    }

    [Fact]
    public void Of_WhenAPhaseWaitsForASlot_SaysItsPlaceInTheLineOverAllFeatures()
    {
        (SlotLedger ledger, _) = SlotLedger.Empty(capacity: 1).Exchange(
            new SlotExchange(
                [],
                [
                    new SlotRequest("queue-3-1", 1, FeatureId: 3, Priority: 50, Pictures.Start),
                    new SlotRequest("queue-4-1", 1, FeatureId: 4, Priority: 10, Pictures.Start),
                    new SlotRequest("queue-7-2", 1, FeatureId: 7, Priority: 50, Pictures.Start),
                ]),
            Pictures.Start);

        RunPicture picture = Pictures.Of(Pictures.Feature((1, Pictures.Completed), (2, Pictures.Ready)), ledger: ledger);

        Assert.Equal("waits for a slot, 2nd in line", picture.Rows[1].Note);
        Assert.Equal((1, 1), (picture.SlotsHeld, picture.SlotsCapacity));
    }

    [Fact]
    public void Of_WhenAnAttemptFailedAndAnotherFollows_SaysWhenAndWhy()
    {
        PhaseRow row = Pictures.Of(Pictures.Feature((1, Pictures.Completed), (2, Pictures.Retrying)), seconds: 10).Rows[1];

        Assert.Equal(TimeSpan.FromSeconds(3), row.RetryIn);
        Assert.Equal("waits 3s before its last attempt: exit code 1", TerminalText.FirstLine(row.Note));
    }

    [Fact]
    public void Of_WhenDependenciesAreOpen_SaysWhich()
    {
        RunPicture picture = Pictures.Of(Pictures.Feature((1, Pictures.Completed)));

        Assert.Equal("waits for phases 2 and 3", picture.Rows[3].Note);
    }

    [Fact]
    public void Of_WhenALaterAttemptSucceeded_SaysNothingOfTheError()
    {
        RunPicture picture = Pictures.Of(Pictures.Feature((1, p => Pictures.Completed(p) with { Attempt = 2, Error = "exit code 1" })));

        Assert.Equal("", picture.Rows[0].Note);
    }

    [Fact]
    public void Of_WhenTheFeatureIsOver_CountsUntilItsLastPhaseEnded()
    {
        RunPicture picture = Pictures.Of(Pictures.Feature(FeatureStatus.Failed, (1, Pictures.Completed), (2, Pictures.Failed)), seconds: 1000);

        Assert.Equal(TimeSpan.FromSeconds(9), picture.Elapsed);
    }

    [Fact]
    public void Of_WhenItIsRetried_CountsFromTheRetry()
    {
        RunPicture picture = RunPicture.Of(Pictures.Feature(), ledger: null, Pictures.At(100), since: Pictures.At(90));

        Assert.Equal(TimeSpan.FromSeconds(10), picture.Elapsed);
    }

    [Fact]
    public void Of_WhenAnErrorHoldsControlCharacters_DropsThem()
    {
        RunPicture picture = Pictures.Of(Pictures.Feature((2, p => Pictures.Failed(p) with { Error = "\u001b[2Jred\rline\u202e\tend\nnext\u0007" })));

        Assert.Equal("[2Jred\nline end\nnext", picture.Rows[1].Note);
    }

    [Theory]
    [InlineData(0.44, "0.4 s")]
    [InlineData(59.94, "59.9 s")]
    [InlineData(59.96, "1 min 00 s")]
    [InlineData(125, "2 min 05 s")]
    [InlineData(3725, "1 h 02 min")]
    public void Duration_WhenItGrows_UsesLargerUnits(double seconds, string expected) =>
        Assert.Equal(expected, TerminalText.Duration(TimeSpan.FromSeconds(seconds)));
}
