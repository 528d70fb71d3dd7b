using PhaseFlow.Functions.GitHub;
using PhaseFlow.Functions.Remote;

namespace PhaseFlow.Functions.Tests.GitHub;

public sealed class RateLimitsTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(403, "retry-after: 60", 61)]
    [InlineData(429, "Retry-After: 60", 61)]
    [InlineData(429, "retry-after: Sun, 01 Mar 2026 12:02:00 GMT", 121)]
    [InlineData(429, "retry-after: 999999999999", 86_401)]
    [InlineData(429, "retry-after: soon", 60)]
    public void PauseOf_WhenItIsTold_WaitsThatLong(int status, string header, int seconds) =>
        Assert.Equal(Now.AddSeconds(seconds), RateLimits.PauseOf(Answer(status, "You have exceeded a secondary rate limit.", header), 0, Now)!.Until);

    [Fact]
    public void PauseOf_WhenThePrimaryLimitIsUsedUp_WaitsForItsReset()
    {
        RemoteDelay? pause = RateLimits.PauseOf(
            Answer(403, "API rate limit exceeded", "X-RateLimit-Limit: 5000", "X-RateLimit-Remaining: 0", $"X-RateLimit-Reset: {Epoch(Now.AddMinutes(20))}"), 0, Now);

        Assert.Equal(new RemoteDelay(Now.AddMinutes(20).AddSeconds(1), "GitHub's rate limit of 5000 requests is used up"), pause);
    }

    [Fact]
    public void PauseOf_WhenTheClocksDiffer_CountsByThatOfGitHub()
    {
        DateTimeOffset theirs = Now.AddHours(-3);

        RemoteDelay? pause = RateLimits.PauseOf(
            Answer(429, "API rate limit exceeded", $"date: {theirs:r}", "x-ratelimit-remaining: 0", $"x-ratelimit-reset: {Epoch(theirs.AddMinutes(5))}"), 0, Now);

        Assert.Equal(Now.AddMinutes(5).AddSeconds(1), pause!.Until);
    }

    [Fact]
    public void PauseOf_WhenTheResetHasPassed_WaitsAMoment() => Assert.Equal(
        Now.AddSeconds(1),
        RateLimits.PauseOf(Answer(403, "API rate limit exceeded", "x-ratelimit-remaining: 0", $"x-ratelimit-reset: {Epoch(Now.AddHours(-1))}"), 0, Now)!.Until);

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 2)]
    [InlineData(3, 8)]
    [InlineData(9, 60)]
    public void PauseOf_WhenNothingIsTold_WaitsLongerEachTime(int refusals, int minutes) => Assert.Equal(
        Now.AddMinutes(minutes), RateLimits.PauseOf(Answer(403, "You have triggered an abuse detection mechanism."), refusals, Now)!.Until);

    [Theory]
    [InlineData(403, "Resource not accessible by integration", "x-ratelimit-remaining: 4999")]
    [InlineData(403, "Must have admin rights to Repository.", "x-other: 1")]
    [InlineData(404, "Not Found", "x-ratelimit-remaining: 0")]
    [InlineData(500, "secondary rate limit", "retry-after: 5")]
    public void PauseOf_WhenItIsAboutNoLimit_GivesNone(int status, string message, string header) =>
        Assert.Null(RateLimits.PauseOf(Answer(status, message, header), 0, Now));

    [Theory]
    [InlineData(0, 0, 5)]
    [InlineData(502, 0, 5)]
    [InlineData(503, 1, 10)]
    [InlineData(500, 3, 40)]
    [InlineData(408, 20, 300)]
    public void OutageOf_WhenGitHubIsOutOfOrder_WaitsLongerEachTime(int status, int outages, int seconds) =>
        Assert.Equal(Now.AddSeconds(seconds), RateLimits.OutageOf(Answer(status, "refused"), outages, Now)!.Until);

    [Theory]
    [InlineData(401)]
    [InlineData(404)]
    [InlineData(422)]
    public void OutageOf_WhenGitHubHasRefused_GivesNone(int status) => Assert.Null(RateLimits.OutageOf(Answer(status, "no"), 0, Now));

    private static long Epoch(DateTimeOffset time) => time.ToUnixTimeSeconds();

    private static GitHubAnswerException Answer(int status, string message, params string[] headers) => new(
        status, message, headers.Select(h => KeyValuePair.Create(h[..h.IndexOf(':', StringComparison.Ordinal)], h[(h.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim())));
}
