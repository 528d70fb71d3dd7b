using System.Globalization;
using PhaseFlow.Functions.Remote;

namespace PhaseFlow.Functions.GitHub;

/// <summary>Reads from an answer whether GitHub wants to be left alone, and for how long.</summary>
/// <remarks>
/// The order is GitHub's own: <c>retry-after</c>; then, where nothing is left of the primary limit, its reset; and else a minute at least, longer
/// with each refusal. A 403 without any of these forbids something, and waiting would not help.
/// </remarks>
internal static class RateLimits
{
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromHours(1);
    private static readonly TimeSpan ShortestOutage = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestOutage = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan LongestAsked = TimeSpan.FromHours(24);

    // What has been said in whole seconds counts as come when the second is over.
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(1);

    /// <summary>The pause that a limit asks for; null where the answer is about no limit.</summary>
    /// <param name="answer">The answer.</param>
    /// <param name="refusals">How many limits in a row had been met before.</param>
    /// <param name="now">The moment (UTC).</param>
    public static RemoteDelay? PauseOf(GitHubAnswerException answer, int refusals, DateTimeOffset now)
    {
        if (answer.Status is not (403 or 429))
        {
            return null;
        }

        bool isSecondary = answer.Message.Contains("secondary rate limit", StringComparison.OrdinalIgnoreCase)
            || answer.Message.Contains("abuse", StringComparison.OrdinalIgnoreCase);
        if (RetryAfter(answer, now) is { } asked)
        {
            return new RemoteDelay(now + Within(asked) + Margin, "GitHub's secondary rate limit is reached");
        }

        if (answer.Headers.GetValueOrDefault("x-ratelimit-remaining") == "0" && Reset(answer, now) is { } reset)
        {
            string limit = answer.Headers.GetValueOrDefault("x-ratelimit-limit") is { Length: > 0 and < 10 } count ? $" of {count} requests" : "";
            return new RemoteDelay(now + Within(reset) + Margin, $"GitHub's rate limit{limit} is used up");
        }

        return isSecondary || answer.Status == 429 || answer.Message.Contains("rate limit", StringComparison.OrdinalIgnoreCase)
            ? new RemoteDelay(now + Grown(ShortestPause, LongestPause, refusals), "GitHub's secondary rate limit is reached")
            : null;
    }

    /// <summary>When to try again where GitHub is out of order or out of reach; null where it has answered in order.</summary>
    /// <param name="answer">The answer.</param>
    /// <param name="outages">How many such answers in a row there had been before.</param>
    /// <param name="now">The moment (UTC).</param>
    public static RemoteDelay? OutageOf(GitHubAnswerException answer, int outages, DateTimeOffset now) => answer.Status switch
    {
        0 => new RemoteDelay(now + Grown(ShortestOutage, LongestOutage, outages), $"GitHub cannot be reached: {answer.Message}"),
        408 or >= 500 => new RemoteDelay(
            now + Grown(ShortestOutage, LongestOutage, outages), string.Create(CultureInfo.InvariantCulture, $"GitHub is out of order ({answer.Status})")),
        _ => null,
    };

    private static TimeSpan? RetryAfter(GitHubAnswerException answer, DateTimeOffset now) =>
        answer.Headers.GetValueOrDefault("retry-after") is not { } text ? null
        : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long seconds) ? TimeSpan.FromSeconds(Math.Min(seconds, 1_000_000))
        : Date(text) is { } date ? date - (ServerTime(answer) ?? now)
        : null;

    /// <summary>How long until the limit starts anew, by GitHub's own clock where it tells it.</summary>
    private static TimeSpan? Reset(GitHubAnswerException answer, DateTimeOffset now) =>
        long.TryParse(answer.Headers.GetValueOrDefault("x-ratelimit-reset"), NumberStyles.None, CultureInfo.InvariantCulture, out long seconds)
        && seconds <= DateTimeOffset.MaxValue.ToUnixTimeSeconds()
            ? DateTimeOffset.FromUnixTimeSeconds(seconds) - (ServerTime(answer) ?? now)
            : null;

    private static DateTimeOffset? ServerTime(GitHubAnswerException answer) => Date(answer.Headers.GetValueOrDefault("date"));

    private static DateTimeOffset? Date(string? text) =>
        DateTimeOffset.TryParseExact(text, "r", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset date) ? date : null;

    private static TimeSpan Within(TimeSpan asked) => asked < TimeSpan.Zero ? TimeSpan.Zero : asked > LongestAsked ? LongestAsked : asked;

    private static TimeSpan Grown(TimeSpan shortest, TimeSpan longest, int times)
    {
        TimeSpan grown = shortest * Math.Pow(2, Math.Clamp(times, 0, 16));
        return grown > longest ? longest : grown;
    }
}
