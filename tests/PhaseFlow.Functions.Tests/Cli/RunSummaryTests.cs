using PhaseFlow.Core.Runs;
using PhaseFlow.Embedded.Cli.View;

namespace PhaseFlow.Functions.Tests.Cli;

public sealed class RunSummaryTests
{
    [Fact]
    public void Outcome_WhenAllPhasesCompleted_GivesTheTotals()
    {
        RunPicture picture = Pictures.Of(Pictures.Feature(
            FeatureStatus.Completed,
            (1, Pictures.Completed),
            (2, p => Pictures.Completed(p) with { Attempt = 2, FinishedAt = Pictures.At(12.3) }),
            (3, Pictures.Completed),
            (4, Pictures.Completed)));

        Assert.Equal("completed: 4 of 4 phases in 12.3 s, 5 attempts", RunSummary.Outcome(picture));
    }

    [Fact]
    public void Outcome_WhenAPhaseFailed_GivesItsReasonOnOneLineAndWhatItBlocked()
    {
        RunPicture picture = Pictures.Of(Pictures.Feature(
            FeatureStatus.Failed, (1, Pictures.Completed), (2, Pictures.Failed), (3, Pictures.Completed), (4, Pictures.Blocked)));

        Assert.Equal(
            "failed: phase 2 \"Backend API\": exit code 1; blocked: 4 (2 of 4 phases in 9.0 s, 4 attempts)", RunSummary.Outcome(picture));
    }

    [Fact]
    public void WhatGoesOn_WhenSomeWorkIsReportedFromOutside_CountsItApartFromAgents()
    {
        RunPicture both = Pictures.Of(Pictures.Feature((1, Pictures.Running), (2, Pictures.Outside), (3, Pictures.Outside)));
        RunPicture outside = Pictures.Of(Pictures.Feature((1, Pictures.Outside)));

        Assert.Equal(
            "1 agent goes on working, 2 phases wait for a report from outside; run the same command again to pick the run up", RunSummary.WhatGoesOn(both));
        Assert.Equal("1 phase waits for a report from outside; run the same command again to pick the run up", RunSummary.WhatGoesOn(outside));
        Assert.Equal("stopped watching; run the same command again to pick the run up", RunSummary.WhatGoesOn(null));
    }

    [Fact]
    public void Outcome_WhenItWasCancelled_SaysSo()
    {
        RunPicture picture = Pictures.Of(Pictures.Feature(FeatureStatus.Cancelled, (1, Pictures.Completed)));

        Assert.Equal("cancelled: 1 of 4 phases in 3.5 s, 1 attempt", RunSummary.Outcome(picture));
    }
}
