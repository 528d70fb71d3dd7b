using PhaseFlow.Core.Plans;
using PhaseFlow.Core.Runs;
using Xunit;
using static PhaseFlow.Core.Runs.PhaseStatus;

namespace PhaseFlow.Core.Tests.Runs;

public sealed class FeatureRunDeadlinesTests
{
    private static readonly TimeSpan Timeout = TimeSpan.FromHours(1);
    private static readonly TimeSpan Silence = TimeSpan.FromMinutes(10);
    private static readonly StopAgent Stop = new(1, 1, "external");
    private static readonly ProbeAgent Probe = new(1, 1, "external");

    [Fact]
    public void Apply_WhenAnAttemptIsLate_StopsItsAgentAndKeepsTheSlot()
    {
        RunDriver run = RunDriver.Single(Timed).Start(1).Wait(Timeout);

        Assert.Equal([Stop], run.Last.Effects);
        Assert.Equal(Running, run[1].Status);
        Assert.Equal(StopReason.TimedOut, run[1].Stopping);
        Assert.Equal("The agent did not report within its timeout of 1h.", run[1].Error);
        Assert.Equal(run.Now + FeatureRun.StopGrace, run.Run.NextWake());
    }

    [Fact]
    public void Apply_WhenTheDeadlineHasNotCome_DoesNothing()
    {
        RunDriver run = RunDriver.Single(Timed).Start(1).Wait(Timeout - TimeSpan.FromTicks(1));

        Assert.Empty(run.Last.Effects);
        Assert.Equal(StopReason.None, run[1].Stopping);
    }

    [Fact]
    public void Apply_WhenTheStopIsConfirmed_GivesTheSlotBackAndFails()
    {
        RunDriver run = RunDriver.Single(Timed).Start(1).Wait(Timeout).Apply(new AgentStopped(1, 1, Confirmed: true));

        Assert.Equal([RunDriver.Release(1)], run.Released);
        Assert.Equal(Failed, run[1].Status);
        Assert.Equal("The agent did not report within its timeout of 1h.", run[1].Error);
    }

    [Fact]
    public void Apply_WhenALateAttemptHasAnotherLeft_RetriesAfterTheBackoff()
    {
        RunDriver run = RunDriver.Single(p => Timed(p) with { MaxAttempts = 2 }).Start(1).Wait(Timeout).Apply(new AgentStopped(1, 1, Confirmed: true));

        Assert.Equal(Queued, run[1].Status);
        Assert.Equal([run.Request(1, attempt: 2) with { Since = run.Now + TimeSpan.FromSeconds(30) }], run.Wait(TimeSpan.FromSeconds(30)).Requested);
    }

    [Fact]
    public void Apply_WhenTheStopIsNotConfirmed_WaitsForTheGraceBeforeItTakesTheSlotBack()
    {
        RunDriver run = RunDriver.Single(Timed).Start(1).Wait(Timeout).Apply(new AgentStopped(1, 1, Confirmed: false));
        Assert.Equal(Running, run[1].Status);

        run.Wait(FeatureRun.StopGrace - TimeSpan.FromSeconds(1));
        Assert.Equal(Running, run[1].Status);

        run.Wait(TimeSpan.FromSeconds(1));
        Assert.Equal(Failed, run[1].Status);
        Assert.Equal([RunDriver.Release(1)], run.Released);
    }

    [Fact]
    public void Apply_WhenNobodyStopsTheAgent_IgnoresThatItWasStopped()
    {
        RunDriver run = RunDriver.Single().Start(1).Apply(new AgentStopped(1, 1, Confirmed: true));

        Assert.Equal(MessageOutcome.Ignored, run.Last.Outcome);
        Assert.Equal(Running, run[1].Status);
    }

    [Fact]
    public void Apply_WhenALaunchIsUnderWay_AsksForTheStopOnlyAfterIt()
    {
        RunDriver run = RunDriver.Single(Timed).Grant(1).Wait(Timeout);
        Assert.Empty(run.Last.Effects);

        run.Launch(1);

        Assert.Equal([Stop], run.Last.Effects);
        Assert.NotNull(run[1].LaunchedAt);
    }

    [Fact]
    public void Apply_WhenALaunchNeverAnswers_AsksForTheStopBeforeTheSlotIsTakenBack()
    {
        RunDriver run = RunDriver.Single(Timed).Grant(1).Wait(Timeout).Wait(FeatureRun.StopGrace);
        Assert.Equal([Stop], run.Last.Effects);
        Assert.Equal(Running, run[1].Status);

        run.Apply(new AgentStopped(1, 1, Confirmed: false)).Wait(FeatureRun.StopGrace);

        Assert.Equal(Failed, run[1].Status);
    }

    [Fact]
    public void Apply_WhenTheStopHasNotAnswered_KeepsTheSlotHoweverLongItTakes()
    {
        RunDriver run = RunDriver.Single(Timed).Start(1).Wait(Timeout).Wait(FeatureRun.StopGrace).Wait(FeatureRun.StopGrace);

        Assert.Equal(Running, run[1].Status);
        Assert.Empty(run.Last.Effects);
        Assert.Equal(run.Now + FeatureRun.StopGrace, run.Run.NextWake());
    }

    [Fact]
    public void Apply_WhenTheAgentCannotBeTold_TellsItAgainUntilItIsAndOnlyThenBeginsTheGrace()
    {
        RunDriver run = RunDriver.Single(Timed).Start(1).Wait(Timeout);
        for (int i = 0; i < 3; i++)
        {
            run.Apply(new AgentStopped(1, 1, Confirmed: false, "connection refused"));
            Assert.Empty(run.Last.Effects);
            Assert.True(run[1].CannotBeStopped);
            Assert.Equal([Stop], run.Wait(FeatureRun.StopGrace).Last.Effects);
        }

        run.Apply(new AgentStopped(1, 1, Confirmed: false));
        Assert.False(run[1].CannotBeStopped);
        Assert.Equal(Running, run.Wait(FeatureRun.StopGrace - TimeSpan.FromSeconds(1))[1].Status);

        Assert.Equal(Failed, run.Wait(TimeSpan.FromSeconds(1))[1].Status);
        Assert.Equal([RunDriver.Release(1)], run.Released);
        Assert.Equal("The agent did not report within its timeout of 1h.", run[1].Error);
    }

    [Fact]
    public void Apply_WhenAnAgentThatWasToldCannotBeToldAgain_LetsItsGraceRun()
    {
        RunDriver run = RunDriver.Single(Timed).Start(1).Wait(Timeout).Apply(new AgentStopped(1, 1, Confirmed: false));

        run.Apply(new AgentStopped(1, 1, Confirmed: false, "connection refused"));

        Assert.False(run[1].CannotBeStopped);
        Assert.Equal(Failed, run.Wait(FeatureRun.StopGrace)[1].Status);
    }

    [Fact]
    public void Apply_WhenTheRunIsReadInTheGrace_TellsTheAgentAgain()
    {
        RunDriver run = RunDriver.Single(Timed).Start(1).Wait(Timeout).Apply(new AgentStopped(1, 1, Confirmed: false)).Apply(new Loaded());

        Assert.Contains(Stop, run.Last.Effects);
        Assert.Equal(Running, run.Wait(FeatureRun.StopGrace)[1].Status);
    }

    [Fact]
    public void Apply_WhenAnAgentIsSilent_ProbesItFirst()
    {
        RunDriver run = RunDriver.Single(Limited).Start(1).Wait(Silence);

        Assert.Equal([Probe], run.Last.Effects);
        Assert.Equal(StopReason.None, run[1].Stopping);
    }

    [Fact]
    public void Apply_WhenTheProbeFindsASignOfLife_WaitsFromThatSign()
    {
        RunDriver run = RunDriver.Single(Limited).Start(1).Wait(Silence);
        DateTimeOffset sign = run.Now.AddMinutes(-4);

        run.Apply(new AgentProbed(1, 1, sign));

        Assert.Equal(sign + Silence, run[1].HeartbeatDueAt);
        Assert.Equal([Probe], run.Wait(TimeSpan.FromMinutes(6)).Last.Effects);
    }

    [Fact]
    public void Apply_WhenTheProbeFindsNothingAndHalfAsLongLaterNothingEither_StopsTheAgent()
    {
        RunDriver run = RunDriver.Single(Limited).Start(1).Wait(Silence).Apply(new AgentProbed(1, 1, LastSign: null));
        Assert.Equal(StopReason.None, run[1].Stopping);
        Assert.Equal([Probe], run.Wait(Silence / 2).Last.Effects);

        run.Apply(new AgentProbed(1, 1, LastSign: null));

        Assert.Equal([Stop], run.Last.Effects);
        Assert.Equal(StopReason.Silent, run[1].Stopping);
        Assert.Equal("The agent gave no sign of life for 10m and half as long again.", run[1].Error);
    }

    [Fact]
    public void Apply_WhenTheProbeTakesLongerThanTheSilence_WaitsOnWithoutASecondProbe()
    {
        RunDriver run = RunDriver.Single(Limited).Start(1).Wait(Silence).Wait(Silence);

        Assert.Empty(run.Last.Effects);
        Assert.True(run.Run.NextWake() > run.Now);
    }

    /// <summary>Its host may have been away, and deaf: a restart must not stop agents that work.</summary>
    [Fact]
    public void Apply_WhenASuspectGivesASignInTheTimeThatItGets_WaitsFromThatSign()
    {
        RunDriver run = RunDriver.Single(Limited).Start(1).Wait(3 * Silence).Apply(new AgentProbed(1, 1, LastSign: null));
        Assert.Equal((StopReason.None, run.Now + (Silence / 2)), (run[1].Stopping, run.Run.NextWake()));

        DateTimeOffset sign = run.Now.AddMinutes(1);
        run.Wait(Silence / 2).Apply(new AgentProbed(1, 1, sign));
        Assert.Equal((StopReason.None, sign + Silence), (run[1].Stopping, run[1].HeartbeatDueAt));

        run.Wait(TimeSpan.FromMinutes(6)).Apply(new AgentProbed(1, 1, sign));
        Assert.Equal(StopReason.None, run[1].Stopping);
    }

    [Fact]
    public void Apply_WhenAProbeIsAnsweredAgain_DoesNotBelieveTheOldNews()
    {
        RunDriver run = RunDriver.Single(Limited).Start(1).Wait(Silence);
        var answer = new AgentProbed(1, 1, run.Now.AddMinutes(-1));

        run.Apply(answer).Wait(TimeSpan.FromMinutes(20)).Apply(new AgentProbed(1, 1, run.Now)).Apply(answer);

        Assert.Equal(MessageOutcome.Ignored, run.Last.Outcome);
        Assert.Equal(StopReason.None, run[1].Stopping);
    }

    [Fact]
    public void NextWake_WhenSeveralMomentsCome_IsTheFirst()
    {
        RunDriver run = RunDriver.Single(Limited).Start(1);

        Assert.Equal(run.Now + Silence, run.Run.NextWake());
    }

    [Fact]
    public void NextWake_WhenNothingRuns_IsNever()
    {
        Assert.Null(RunDriver.Executed().Run.NextWake());
    }

    private static PhasePlan Timed(PhasePlan phase) => phase with { Timeout = Timeout };

    private static PhasePlan Limited(PhasePlan phase) => phase with { Timeout = Timeout, HeartbeatTimeout = Silence };
}
