using PhaseFlow.Core.Runs;
using PhaseFlow.Embedded.Cli.View;
using PhaseFlow.Functions.Storage;

namespace PhaseFlow.Functions.Tests.Cli;

public sealed class PlainViewTests
{
    private static readonly RunPicture Queued = Pictures.Of(Pictures.Feature());

    [Fact]
    public void Changes_WhenNothingWasShown_BeginsWithTheFeatureAndWhatHasBegun()
    {
        string[] lines = Changes(null, Pictures.Of(Pictures.Feature((1, Pictures.Completed), (2, Pictures.Running))));

        Assert.Equal(
            [
                "feature 7 WebSocket Migration: 4 phases, panel http://127.0.0.1:7071/",
                "phase 1 Schema  completed in 2.5 s",
                "phase 2 Backend API  running (attempt 1, slot 2)",
            ],
            lines);
    }

    [Fact]
    public void Changes_WhenItIsRetried_GivesThePastAsOneLine()
    {
        RunPicture retried = Pictures.Of(Pictures.Feature((1, Pictures.Completed), (2, Pictures.Failed), (3, Pictures.Failed), (4, Pictures.Blocked)));
        RunPicture first = Pictures.Of(Pictures.Feature((1, Pictures.Completed), (2, Pictures.Failed), (3, Pictures.Running), (4, Pictures.Blocked)));

        Assert.Equal(
            [
                "feature 7 WebSocket Migration: 4 phases, panel http://127.0.0.1:7071/",
                "1 of 4 phases completed before and kept",
                "phase 3 Frontend UI  running (attempt 1, slot 2)",
            ],
            PlainView.Changes(null, first, Pictures.Url, retried));
        Assert.Equal(
            ["phase 2 Backend API  running (attempt 1, slot 2)"],
            PlainView.Changes(first, Pictures.Of(Pictures.Feature((1, Pictures.Completed), (2, Pictures.Running), (3, Pictures.Running), (4, Pictures.Blocked))), Pictures.Url, retried));
    }

    [Fact]
    public void Changes_WhenARetryWasOverBeforeItWasWatched_GivesHowItEnded()
    {
        RunPicture retried = Pictures.Of(Pictures.Feature((1, Pictures.Completed), (2, Pictures.Failed), (3, Pictures.Blocked)));
        RunPicture first = Pictures.Of(Pictures.Feature((1, Pictures.Completed), (2, p => Pictures.Failed(p) with { Attempt = 3 }), (3, Pictures.Blocked)));

        Assert.Equal(
            ["feature 7 WebSocket Migration: 4 phases, panel http://127.0.0.1:7071/", "1 of 4 phases completed before and kept", "phase 2 Backend API  failed: exit code 1", "    last words"],
            PlainView.Changes(null, first, Pictures.Url, retried));
    }

    [Fact]
    public void Changes_WhenOnlyTimePassed_SaysNothing()
    {
        var feature = Pictures.Feature((1, Pictures.Completed), (2, Pictures.Running), (3, Pictures.Retrying));

        Assert.Empty(Changes(Pictures.Of(feature, seconds: 10), Pictures.Of(feature, seconds: 11)));
    }

    [Fact]
    public void Changes_WhenAnAttemptFailed_SaysWhenTheNextOneComesAndWhatItSaidLast()
    {
        string[] lines = Changes(Pictures.Of(Pictures.Feature((2, Pictures.Running))), Pictures.Of(Pictures.Feature((1, Pictures.Completed), (2, Pictures.Retrying))));

        Assert.Equal(
            [
                "phase 1 Schema  completed in 2.5 s",
                "phase 2 Backend API  attempt 1 failed, retries in 3s before its last attempt: exit code 1",
                "    last words",
            ],
            lines);
    }

    [Fact]
    public void Changes_WhenTheNextAttemptRuns_SaysWhichOne()
    {
        string[] lines = Changes(
            Pictures.Of(Pictures.Feature((2, Pictures.Retrying))),
            Pictures.Of(Pictures.Feature((2, p => Pictures.Running(p) with { Attempt = 2 }))));

        Assert.Equal(["phase 2 Backend API  running (attempt 2, slot 2)"], lines);
    }

    [Fact]
    public void Changes_WhenAPhaseFails_SaysWhatItBlocks()
    {
        string[] lines = Changes(
            Queued, Pictures.Of(Pictures.Feature(FeatureStatus.Failed, (1, Pictures.Completed), (2, Pictures.Failed), (4, Pictures.Blocked))));

        Assert.Equal(
            [
                "phase 1 Schema  completed in 2.5 s",
                "phase 2 Backend API  failed: exit code 1",
                "    last words",
                "phase 4 Tests  blocked: phase 2 failed",
            ],
            lines);
    }

    [Fact]
    public void Changes_WhenTheCapIsReached_SaysSoAndHowToGoOn()
    {
        StoredFeature spent = Pictures.Feature(
            (1, p => Pictures.Completed(p) with { Usage = new AgentUsage(1, 1, 5.2m) }), (2, p => p with { Status = PhaseStatus.AwaitingApproval }));

        string[] lines = Changes(Queued, Pictures.Of(spent with { Run = spent.Run with { MaxCostUsd = 5 } }));

        Assert.Equal(
            "phase 2 Backend API  awaiting approval: the feature has spent 5.20 of its 5.00 USD: curl -X POST http://127.0.0.1:7071/api/v1/queue/queue-7-2/approve", lines[^1]);
    }

    [Fact]
    public void Changes_WhenAPersonMustApprove_SaysHow()
    {
        string[] lines = Changes(Queued, Pictures.Of(Pictures.Feature((1, p => p with { Status = PhaseStatus.AwaitingApproval }))));

        Assert.Equal(["phase 1 Schema  awaiting approval: curl -X POST http://127.0.0.1:7071/api/v1/queue/queue-7-1/approve"], lines);
    }

    [Fact]
    public void Changes_WhenAnAgentAsks_SaysWhatAndHowToAnswer()
    {
        string[] lines = Changes(Queued, Pictures.Of(Pictures.Feature((1, Pictures.Asking))));

        Assert.Equal(
            ["phase 1 Schema  asks: Which port? …: curl -X POST http://127.0.0.1:7071/api/v1/queue/queue-7-1/answer -d '{\"question\": 1, \"answer\": \"…\"}'"], lines);
    }

    [Fact]
    public void Changes_WhenTheFeatureIsSuspended_SaysSoOnce()
    {
        RunPicture suspended = Pictures.Of(Pictures.Feature(FeatureStatus.Suspended));

        Assert.Equal(["feature 7 suspended"], Changes(Queued, suspended));
        Assert.Empty(Changes(suspended, suspended));
    }

    private static string[] Changes(RunPicture? before, RunPicture after) => [.. PlainView.Changes(before, after, Pictures.Url)];
}
