using System.Globalization;
using Microsoft.Extensions.Logging;
using PhaseFlow.Functions.Remote;

namespace PhaseFlow.Functions.GitHub;

/// <summary>Every call of GitHub goes through here: it keeps the limits, and makes of an answer what the caller must know.</summary>
/// <remarks>
/// It never waits itself. Where a limit is reached it throws <see cref="TryLaterException"/>, also for the calls after it that GitHub need not
/// refuse any more: to go on asking prolongs a secondary limit. Whoever asked waits durably, so that a restart forgets nothing.
/// </remarks>
internal sealed class GitHubGate(TimeProvider time, ILogger<GitHubGate> log)
{
    private const int LongestMessage = 300;

    private readonly object _gate = new();
    private readonly ContentBudget _budget = new();
    private RemoteDelay? _pause;
    private int _refusals;
    private int _outages;

    /// <summary>Asks for something; asking again does no harm.</summary>
    /// <param name="what">What it is about, for a person.</param>
    /// <param name="call">The call.</param>
    public Task<T> ReadAsync<T>(string what, Func<Task<T>> call) => RunAsync(what, call, isContent: false, isRepeatable: true);

    /// <summary>Creates an issue or a comment. The caller finds on its next try what was created and not confirmed.</summary>
    /// <param name="what">What it is about, for a person.</param>
    /// <param name="call">The call.</param>
    public Task<T> CreateAsync<T>(string what, Func<Task<T>> call) => RunAsync(what, call, isContent: true, isRepeatable: true);

    /// <summary>Sends what must not be taken for undone when no answer comes: that is a failure then, and not a delay.</summary>
    /// <param name="what">What it is about, for a person.</param>
    /// <param name="call">The call.</param>
    public Task SendAsync(string what, Func<Task> call) => RunAsync(
        what,
        async () =>
        {
            await call();
            return true;
        },
        isContent: false,
        isRepeatable: false);

    private async Task<T> RunAsync<T>(string what, Func<Task<T>> call, bool isContent, bool isRepeatable)
    {
        Enter(isContent);
        try
        {
            T result = await call();
            lock (_gate)
            {
                (_refusals, _outages) = (0, 0);
            }

            return result;
        }
        catch (GitHubAnswerException answer)
        {
            throw Judge(answer, what, isRepeatable);
        }
    }

    private void Enter(bool isContent)
    {
        lock (_gate)
        {
            DateTimeOffset now = time.GetUtcNow();
            if (_pause is { } pause && pause.Until > now)
            {
                throw new TryLaterException(pause);
            }

            if (isContent && _budget.Take(now) is { } delay)
            {
                throw new TryLaterException(delay);
            }
        }
    }

    private Exception Judge(GitHubAnswerException answer, string what, bool isRepeatable)
    {
        lock (_gate)
        {
            DateTimeOffset now = time.GetUtcNow();

            // Several calls may have been under way when the limit was met: they are one refusal.
            int before = _pause is { } known && known.Until > now ? _refusals - 1 : _refusals;
            if (RateLimits.PauseOf(answer, Math.Max(before, 0), now) is { } pause)
            {
                _refusals = before + 1;
                _pause = _pause is { } longer && longer.Until > pause.Until ? longer : pause;
                log.LimitReached(pause.Reason, pause.Until);
                return new TryLaterException(_pause);
            }

            if (RateLimits.OutageOf(answer, _outages, now) is { } outage)
            {
                _outages++;
                string reason = OneLine(outage.Reason);
                log.OutOfOrder(reason);
                return isRepeatable ? new TryLaterException(outage with { Reason = reason }) : new GitHubException(reason);
            }
        }

        return new GitHubException(Refusal(answer, what)) { IsRefusal = true };
    }

    private static string Refusal(GitHubAnswerException answer, string what)
    {
        string said = OneLine(answer.Message);
        string status = answer.Status.ToString(CultureInfo.InvariantCulture);
        return answer.Status switch
        {
            401 => "GitHub does not accept the credentials (401): check PhaseFlow__GitHub__Token, or the app's id and private key",
            403 => $"GitHub forbids it for {what} (403): {said}",
            404 => $"GitHub does not know {what}, or its credentials may not see it (404)",
            410 => $"{what} is gone, or its issues are switched off (410): {said}",
            _ => $"GitHub refuses it for {what} ({status}): {said}",
        };
    }

    private static string OneLine(string text)
    {
        string line = string.Join(' ', new string([.. text.Select(c => char.IsControl(c) ? ' ' : c)]).Split(' ', StringSplitOptions.RemoveEmptyEntries));
        return line.Length <= LongestMessage ? line : $"{line[..LongestMessage]}…";
    }
}
