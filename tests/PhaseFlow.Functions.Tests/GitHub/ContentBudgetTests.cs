using PhaseFlow.Functions.GitHub;
using PhaseFlow.Functions.Remote;

namespace PhaseFlow.Functions.Tests.GitHub;

public sealed class ContentBudgetTests
{
    private static readonly DateTimeOffset Begin = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Take_WhenAMinuteIsFull_SaysWhenTheNextCanBeHad()
    {
        var budget = new ContentBudget();
        for (int i = 0; i < ContentBudget.PerMinute; i++)
        {
            Assert.Null(budget.Take(Begin.AddSeconds(i * 0.5)));
        }

        Assert.Equal(
            new RemoteDelay(Begin.AddMinutes(1), "GitHub's limit of 80 issues and comments a minute is reached"), budget.Take(Begin.AddSeconds(50)));
        Assert.Null(budget.Take(Begin.AddMinutes(1)));
        Assert.Equal(Begin.AddSeconds(60.5), budget.Take(Begin.AddMinutes(1))!.Until);
    }

    [Fact]
    public void Take_WhenAnHourIsFull_SaysWhenTheNextCanBeHad()
    {
        var budget = new ContentBudget();
        for (int i = 0; i < ContentBudget.PerHour; i++)
        {
            Assert.Null(budget.Take(Begin.AddSeconds(i * 2)));
        }

        Assert.Equal(
            new RemoteDelay(Begin.AddHours(1), "GitHub's limit of 500 issues and comments an hour is reached"), budget.Take(Begin.AddMinutes(30)));
        Assert.Null(budget.Take(Begin.AddHours(1)));
    }

    [Fact]
    public void Take_WhateverIsAsked_NeverGivesMoreThanTheLimitsInAnyWindow()
    {
        var budget = new ContentBudget();
        var taken = new List<DateTimeOffset>();
        DateTimeOffset now = Begin;
        for (int i = 0; i < 3000; i++)
        {
            if (budget.Take(now) is { } delay)
            {
                Assert.True(delay.Until > now);
                now = delay.Until;
            }
            else
            {
                taken.Add(now);
                now = now.AddMilliseconds(i % 7 * 100);
            }
        }

        for (int i = 0; i < taken.Count; i++)
        {
            Assert.True(i + ContentBudget.PerMinute >= taken.Count || taken[i + ContentBudget.PerMinute] >= taken[i].AddMinutes(1));
            Assert.True(i + ContentBudget.PerHour >= taken.Count || taken[i + ContentBudget.PerHour] >= taken[i].AddHours(1));
        }
    }
}
