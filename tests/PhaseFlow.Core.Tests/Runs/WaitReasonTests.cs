using PhaseFlow.Core.Plans;
using PhaseFlow.Core.Runs;
using Xunit;

namespace PhaseFlow.Core.Tests.Runs;

public sealed class WaitReasonTests
{
    [Theory]
    [InlineData(1, "1st")]
    [InlineData(2, "2nd")]
    [InlineData(3, "3rd")]
    [InlineData(4, "4th")]
    [InlineData(10, "10th")]
    [InlineData(11, "11th")]
    [InlineData(12, "12th")]
    [InlineData(13, "13th")]
    [InlineData(14, "14th")]
    [InlineData(21, "21st")]
    [InlineData(22, "22nd")]
    [InlineData(23, "23rd")]
    [InlineData(101, "101st")]
    [InlineData(111, "111th")]
    [InlineData(112, "112th")]
    [InlineData(113, "113th")]
    [InlineData(1002, "1002nd")]
    public void Ordinal_WhenANumberIsGiven_HasItsSuffix(int number, string expected) => Assert.Equal(expected, WaitReason.Ordinal(number));

    [Fact]
    public void For_WhenTheFeatureIsPlanned_NamesTheExecution() =>
        Assert.Equal("waits for its feature to be executed", Reason(RunDriver.Planned(), 1));

    [Fact]
    public void For_WhenDependenciesAreOpen_NamesThem()
    {
        RunDriver run = RunDriver.Executed();

        Assert.Equal("waits for phase 1", Reason(run, 2));
        Assert.Equal("waits for phases 2 and 3", Reason(run, 4));
        Assert.Equal("waits for phase 3", Reason(run.Complete(1, 2), 4));
    }

    [Fact]
    public void For_WhenThreeDependenciesAreOpen_ListsThem()
    {
        RunDriver run = RunDriver.Executed().Command(CommandKind.AddPhase, 6, rule: new PhaseRule { DependsOn = [5, 3, 2] });

        Assert.Equal("waits for phases 2, 3 and 5", Reason(run, 6));
    }

    [Fact]
    public void For_WhenAnAgentCannotBeStopped_SaysWhyAndWhatAPersonCanDo()
    {
        RunDriver run = RunDriver.Single().Start(1);
        run.Wait(run[1].Rule.Timeout).Apply(new AgentStopped(1, 1, Confirmed: false, "connection refused"));
        Assert.Equal("its agent cannot be stopped: connection refused", Reason(run, 1));

        run.Command(CommandKind.CancelPhase, 1).Apply(new AgentStopped(1, 1, Confirmed: false, "connection refused"));
        Assert.Equal("its agent cannot be stopped (cancel the phase once more to give its slot on all the same): connection refused", Reason(run, 1));
    }

    [Theory]
    [InlineData(null, "waits for a slot")]
    [InlineData(1, "waits for a slot, 1st in line")]
    [InlineData(2, "waits for a slot, 2nd in line")]
    public void For_WhenReady_NamesThePlaceInLine(int? position, string expected) =>
        Assert.Equal(expected, Reason(RunDriver.Executed(), 1, position));

    [Fact]
    public void For_WhenSuspended_NamesTheResumption() =>
        Assert.Equal("waits for its feature to be resumed", Reason(RunDriver.Executed().Command(CommandKind.Suspend), 1));

    [Theory]
    [InlineData(-29.2, "waits 1m before another attempt, 2 are left: Flaky.")]
    [InlineData(-60, "waits 1m 30s before another attempt, 2 are left: Flaky.")]
    [InlineData(-7500, "waits 2h 5m before another attempt, 2 are left: Flaky.")]
    [InlineData(0, "waits 30s before another attempt, 2 are left: Flaky.")]
    [InlineData(10.5, "waits 20s before another attempt, 2 are left: Flaky.")]
    [InlineData(60, "waits 1s before another attempt, 2 are left: Flaky.")]
    public void For_WhenBackingOff_SaysHowLongAndWhy(double secondsLater, string expected)
    {
        RunDriver run = RunDriver.Single(p => p with { MaxAttempts = 3 }).Start(1).Report(1, completed: false, error: "Flaky.");

        Assert.Equal(expected, WaitReason.For(run.Run, run[1], null, run.Now.AddSeconds(secondsLater)));
    }

    [Fact]
    public void For_WhenBackingOffAfterASuspensionInTheLine_CountsOnlyTheAttemptsThatWereLaunched()
    {
        RunDriver run = RunDriver.Single(p => p with { MaxAttempts = 2 }).Command(CommandKind.Suspend).Command(CommandKind.Resume)
            .Start(1, attempt: 2).Report(1, completed: false, attempt: 2, error: "Flaky.");

        Assert.Equal("waits 30s before its last attempt: Flaky.", Reason(run, 1));
    }

    [Fact]
    public void For_WhenADependencyFailed_NamesIt()
    {
        RunDriver run = RunDriver.Executed().Start(1).Report(1, completed: false);

        Assert.Equal("blocked: phase 1 failed", Reason(run, 2));
        Assert.Equal("blocked: phase 1 failed", Reason(run, 4));
    }

    [Fact]
    public void For_WhenDependenciesFailedAndWereCancelled_NamesBoth()
    {
        RunDriver run = RunDriver.Executed().Complete(1).Start(2).Report(2, completed: false).Command(CommandKind.CancelPhase, 3);

        Assert.Equal("blocked: phase 2 failed, phase 3 was cancelled", Reason(run, 4));
    }

    [Fact]
    public void For_WhenSeveralWereCancelled_SpeaksOfThemTogether()
    {
        RunDriver run = RunDriver.Executed().Complete(1).Command(CommandKind.CancelPhase, 2).Command(CommandKind.CancelPhase, 3);

        Assert.Equal("blocked: phases 2 and 3 were cancelled", Reason(run, 4));
    }

    [Fact]
    public void For_WhenAPersonMustApprove_SaysSo() =>
        Assert.Equal("waits for approval", Reason(RunDriver.Executed(p => p with { Approval = ApprovalMode.Required }), 1));

    [Theory]
    [InlineData(5, 5.2, "waits for approval: the feature has spent 5.20 of its 5.00 USD")]
    [InlineData(0.0025, 0.0025, "waits for approval: the feature has spent 0.0025 of its 0.0025 USD")]
    [InlineData(6, 5.2, "waits for approval")]
    public void For_WhenAPersonMustApproveWithTheCapReached_NamesTheSpend(double cap, double spent, string expected)
    {
        RunDriver run = RunDriver.Executed(p => p.Number == 2 ? p with { Approval = ApprovalMode.Required } : p, (decimal)cap).Start(1).Report(1, cost: (decimal)spent);

        Assert.Equal(expected, Reason(run, 2));
    }

    [Fact]
    public void For_WhenAnAgentAsks_SaysWhatInOneLine()
    {
        Assert.Equal("waits for an answer: Which one? …", Reason(RunDriver.Single().Start(1).Ask(1, "\n Which one? \r\nThe first or\nthe second?"), 1));
        Assert.Equal($"waits for an answer: {new string('w', 160)}…", Reason(RunDriver.Single().Start(1).Ask(1, new string('w', 161)), 1));
        Assert.Equal($"waits for an answer: {new string('w', 159)}…", Reason(RunDriver.Single().Start(1).Ask(1, $"{new string('w', 159)}😀"), 1));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)] // its question is moot
    public void For_WhenTheAgentIsBeingStopped_SaysWhy(bool asked)
    {
        RunDriver run = RunDriver.Single().Start(1);
        run = asked ? run.Ask(1) : run;

        Assert.Equal("its agent is being stopped: Cancelled: moot", Reason(run.Command(CommandKind.CancelPhase, 1, "moot"), 1));
    }

    [Fact]
    public void For_WhenThePhaseWaitsForNothing_IsNull()
    {
        RunDriver run = RunDriver.Single();

        Assert.Null(Reason(run.Start(1), 1));
        Assert.Null(Reason(run.Report(1), 1));
    }

    private static string? Reason(RunDriver run, int phase, int? position = null) => WaitReason.For(run.Run, run[phase], position, run.Now);
}
