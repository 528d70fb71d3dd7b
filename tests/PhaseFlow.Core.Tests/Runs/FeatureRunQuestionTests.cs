using PhaseFlow.Core.Runs;
using Xunit;
using static PhaseFlow.Core.Runs.PhaseStatus;

namespace PhaseFlow.Core.Tests.Runs;

/// <summary>An agent may ask a person: it waits with its slot, and its deadline stands.</summary>
public sealed class FeatureRunQuestionTests
{
    [Fact]
    public void Ask_WhenTheAgentWorks_KeepsItsSlotAndItsDeadlineUntilItIsAnswered()
    {
        RunDriver run = RunDriver.Single().Start(1);
        DateTimeOffset? deadline = run[1].DeadlineAt;

        run.Ask(1, "Which port?");

        Assert.Equal((AwaitingAnswer, 1, deadline), (run[1].Status, run[1].Slot, run[1].DeadlineAt));
        Assert.Equal(new PhaseQuestion(1, "Which port?", run.Now) { Id = "Which port?" }, run[1].Question);
        Assert.Empty(run.Last.Effects);
        Assert.Equal(deadline, run.Run.NextWake());

        run.Answer(1, "8080");

        Assert.Equal((Running, "8080"), (run[1].Status, run[1].Question!.Answer));
    }

    [Fact]
    public void Ask_WhenItComesAgain_ChangesNothingBeforeAndAfterTheAnswer()
    {
        RunDriver run = RunDriver.Single().Start(1).Ask(1);
        PhaseState asked = run[1];
        Assert.Equal(MessageOutcome.Ignored, run.Ask(1).Last.Outcome);
        Assert.Equal(asked, run[1]);

        run.Answer(1).Ask(1);

        Assert.Equal((MessageOutcome.Ignored, Running), (run.Last.Outcome, run[1].Status));
    }

    [Fact]
    public void Ask_WhenTheSameWordsComeWithAnotherDelivery_AreAnotherQuestionOnceTheFirstIsAnswered()
    {
        RunDriver run = RunDriver.Single().Start(1).Ask(1, delivery: "a").Ask(1, delivery: "b");
        Assert.Equal((MessageOutcome.Ignored, 1), (run.Last.Outcome, run[1].Question!.Number));

        run.Answer(1).Ask(1, delivery: "b");

        Assert.Equal((AwaitingAnswer, 2), (run[1].Status, run[1].Question!.Number));
    }

    [Fact]
    public void Ask_WhenADeliveryOfAnEarlierQuestionComesLate_ChangesNothing()
    {
        RunDriver run = RunDriver.Single().Start(1).Ask(1, delivery: "a").Answer(1).Ask(1, "Another?", delivery: "b").Answer(1, question: 2);

        Assert.Equal(MessageOutcome.Ignored, run.Ask(1, delivery: "a").Last.Outcome);
        Assert.Equal((PhaseStatus.Running, 2), (run[1].Status, run[1].QuestionsAsked));
    }

    [Fact]
    public void Ask_WhenItAsksOften_RemembersTheLastOfThem()
    {
        RunDriver run = RunDriver.Single().Start(1);
        for (int number = 1; number <= 20; number++)
        {
            run.Ask(1, $"Question {number}?", delivery: $"{number}").Answer(1, question: number);
        }

        EarlierQuestion? earlier = run[1].EarlierQuestions;
        Assert.Equal((19, 12), (earlier?.Number, earlier?.Find("12")?.Number));
        Assert.Null(earlier?.Find("11"));
    }

    [Fact]
    public void Ask_WhenTheNextAttemptAsks_GoesOnCounting()
    {
        RunDriver run = RunDriver.Single(p => p with { MaxAttempts = 2, RetryBackoff = TimeSpan.Zero }).Start(1).Ask(1).Report(1, completed: false).Start(1, attempt: 2);

        Assert.Equal(2, run.Ask(1, attempt: 2)[1].Question!.Number);
    }

    [Theory]
    [InlineData("Which?", true)]
    [InlineData("?", true)]
    [InlineData("😀", true)]
    [InlineData(" \n", false)]
    [InlineData("\u200b\u200e\ufeff\u2028", false)]
    public void IsSeen_WhenATextShowsNothing_IsFalse(string text, bool isSeen) => Assert.Equal(isSeen, PhaseQuestion.IsSeen(text));

    [Fact]
    public void Ask_WhenAnotherQuestionIsOpen_IsIgnored() =>
        Assert.Equal("Which one?", RunDriver.Single().Start(1).Ask(1).Ask(1, "Really?")[1].Question!.Text);

    [Fact]
    public void Answer_WhenItIsForAnEarlierQuestion_IsIgnored()
    {
        RunDriver run = RunDriver.Single().Start(1).Ask(1).Answer(1).Ask(1, "Really?");

        run.Answer(1, "Late.", question: 1);

        Assert.Equal((MessageOutcome.Ignored, AwaitingAnswer, 2, null), (run.Last.Outcome, run[1].Status, run[1].Question!.Number, run[1].Question!.Answer));
    }

    [Fact]
    public void Answer_WhenItIsForAnEarlierAttempt_IsIgnored()
    {
        RunDriver run = RunDriver.Single(p => p with { MaxAttempts = 2, RetryBackoff = TimeSpan.Zero }).Start(1).Ask(1).Report(1, completed: false).Start(1, attempt: 2);
        Assert.Null(run[1].Question);
        run.Ask(1, attempt: 2);

        run.Answer(1, attempt: 1);

        Assert.Equal(AwaitingAnswer, run[1].Status);
    }

    [Fact]
    public void Ask_WhenTheAttemptIsOver_IsStale() =>
        Assert.Equal(MessageOutcome.Stale, RunDriver.Single().Start(1).Ask(1, attempt: 9).Last.Outcome);

    [Fact]
    public void Ask_WhenTheAgentIsBeingStopped_IsIgnored()
    {
        RunDriver run = RunDriver.Single().Start(1).Command(CommandKind.Cancel).Ask(1);

        Assert.Equal((MessageOutcome.Ignored, Running, null), (run.Last.Outcome, run[1].Status, run[1].Question));
    }

    [Fact]
    public void Report_WhenTheAgentWaitsForAnAnswer_Counts() =>
        Assert.Equal(Completed, RunDriver.Single().Start(1).Ask(1).Report(1)[1].Status);

    [Fact]
    public void Deadline_WhenNobodyAnswers_StopsTheAgent()
    {
        RunDriver run = RunDriver.Single().Start(1).Ask(1);

        run.Wait(run[1].DeadlineAt!.Value - run.Now);

        Assert.Contains(new StopAgent(1, 1, "external"), run.Last.Effects);
    }
}
