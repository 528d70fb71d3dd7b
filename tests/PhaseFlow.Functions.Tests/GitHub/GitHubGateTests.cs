using PhaseFlow.Functions.GitHub;
using PhaseFlow.Functions.Remote;

namespace PhaseFlow.Functions.Tests.GitHub;

public sealed class GitHubGateTests
{
    private readonly FakeTime _time = new();
    private readonly GitHubGate _gate;

    public GitHubGateTests() => _gate = GitHubBench.Gate(_time);

    [Fact]
    public async Task Read_WhenGitHubIsOutOfOrder_WaitsLongerUntilItAnswersAgain()
    {
        Assert.Equal(5, await WaitAsync());
        Assert.Equal(10, await WaitAsync());
        Assert.Equal(20, await WaitAsync());

        await _gate.ReadAsync("octo/app", () => Task.FromResult(1));

        Assert.Equal(5, await WaitAsync());

        async Task<int> WaitAsync()
        {
            TryLaterException later = await Assert.ThrowsAsync<TryLaterException>(() => _gate.ReadAsync("octo/app", () => Fail<int>(503, "down")));
            return (int)(later.Delay.Until - _time.GetUtcNow()).TotalSeconds;
        }
    }

    [Fact]
    public async Task Read_WhenALimitIsReached_HoldsBackEveryCallUntilThen()
    {
        await Assert.ThrowsAsync<TryLaterException>(() => _gate.ReadAsync("octo/app", () => Fail<int>(429, "Too many requests")));
        int sent = 0;

        await Assert.ThrowsAsync<TryLaterException>(() => _gate.ReadAsync("octo/app", CountAsync));
        await Assert.ThrowsAsync<TryLaterException>(() => _gate.CreateAsync("octo/app", CountAsync));
        await Assert.ThrowsAsync<TryLaterException>(() => _gate.SendAsync("octo/app", CountAsync));
        Assert.Equal(0, sent);

        _time.Advance(TimeSpan.FromMinutes(1));
        await _gate.SendAsync("octo/app", CountAsync);
        Assert.Equal(1, sent);

        Task<int> CountAsync() => Task.FromResult(++sent);
    }

    [Fact]
    public async Task Read_WhenSeveralCallsMeetTheLimitAtOnce_CountsThemAsOneRefusal()
    {
        var answer = new TaskCompletionSource<int>();
        Task[] calls = [.. Enumerable.Range(0, 5).Select(_ => Assert.ThrowsAsync<TryLaterException>(() => _gate.ReadAsync("octo/app", () => answer.Task)))];
        answer.SetException(new GitHubAnswerException(429, "Too many requests"));
        await Task.WhenAll(calls);
        _time.Advance(TimeSpan.FromHours(1));

        TryLaterException next = await Assert.ThrowsAsync<TryLaterException>(() => _gate.ReadAsync("octo/app", () => Fail<int>(429, "Too many requests")));

        Assert.Equal(_time.GetUtcNow().AddMinutes(2), next.Delay.Until);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(502)]
    public async Task Send_WhenNoAnswerComes_IsAFailureAndNoDelay(int status)
    {
        GitHubException fault = await Assert.ThrowsAsync<GitHubException>(() => _gate.SendAsync("octo/app", () => Fail<int>(status, "no answer")));

        Assert.False(fault.IsRefusal);
    }

    [Theory]
    [InlineData(401, "GitHub does not accept the credentials (401): check PhaseFlow__GitHub__Token, or the app's id and private key")]
    [InlineData(403, "GitHub forbids it for octo/app (403): said so on two lines")]
    [InlineData(404, "GitHub does not know octo/app, or its credentials may not see it (404)")]
    [InlineData(422, "GitHub refuses it for octo/app (422): said so on two lines")]
    public async Task Read_WhenGitHubRefuses_SaysItInWordsOnOneLine(int status, string message)
    {
        GitHubException fault = await Assert.ThrowsAsync<GitHubException>(() => _gate.ReadAsync("octo/app", () => Fail<int>(status, "said so\r\n on two lines")));

        Assert.Equal((message, true), (fault.Message, fault.IsRefusal));
    }

    private static async Task<T> Fail<T>(int status, string message)
    {
        await Task.Yield();
        throw new GitHubAnswerException(status, message);
    }
}
