using System.Globalization;
using System.Text.Json;
using PhaseFlow.Core.Webhooks;
using PhaseFlow.Functions.Agents;
using PhaseFlow.Functions.Agents.Dispatch;
using PhaseFlow.Functions.Storage;

namespace PhaseFlow.Functions.Tests.Agents.Dispatch;

public sealed class DispatchLauncherTests : IAsyncLifetime
{
    private static readonly (string Name, string Value) AtOnce = ("Retry-After", "0");

    private DispatchBench _bench = null!;

    public async Task InitializeAsync() => _bench = await DispatchBench.StartAsync();

    public async Task DisposeAsync() => await _bench.DisposeAsync();

    [Fact]
    public void Handles_WhenTheSettingsHaveAnAddress_IsResponsible()
    {
        Assert.True(_bench.Launcher.Handles("cloud"));
        Assert.True(_bench.Launcher.Handles("Cloud"));
        Assert.False(_bench.Launcher.Handles("external"));
        Assert.Equal(["cloud"], _bench.Launcher.WorkflowTypes);
    }

    [Fact]
    public async Task Launch_WhenTheReceiverTakesIt_SendsAllThatTheAgentNeeds()
    {
        await _bench.LaunchAsync();

        Received request = Assert.Single(_bench.Receiver.Requests);
        Assert.Equal(("/launch", "application/json; charset=utf-8"), (request.Path, request.Header("Content-Type")));
        JsonElement body = request.Json;
        Assert.Equal(
            [
                "adw_id", "ask_url", "attempt", "feature_id", "feature_title", "heartbeat_timeout_seconds", "heartbeat_url", "issue_number", "issue_url", "phase_number", "phase_title",
                "prompt", "queue_id", "report_url", "repository", "timeout_seconds", "total_phases", "webhook_secret", "workflow_type",
            ],
            body.EnumerateObject().Select(m => m.Name).Order(StringComparer.Ordinal));
        Assert.Equal(DispatchBench.Agent.AdwId, body.GetProperty("adw_id").GetString());
        Assert.Equal("queue-104-2", body.GetProperty("queue_id").GetString());
        Assert.Equal("# Backend API\n**Feature**: Sockets\n**Phase**: 2 of 5\n\nWrite it.", body.GetProperty("prompt").GetString());
        Assert.Equal((7200, 900), (body.GetProperty("timeout_seconds").GetInt32(), body.GetProperty("heartbeat_timeout_seconds").GetInt32()));
        Assert.Equal("https://phaseflow.example/workflow-complete", body.GetProperty("report_url").GetString());
        Assert.Equal("https://phaseflow.example/api/v1/queue/queue-104-2/ask", body.GetProperty("ask_url").GetString());
        Assert.Equal("https://phaseflow.example/api/v1/queue/queue-104-2/heartbeat", body.GetProperty("heartbeat_url").GetString());
        Assert.Equal(_bench.Secrets.SecretText("queue-104-2", 1), body.GetProperty("webhook_secret").GetString());
    }

    [Fact]
    public async Task Launch_WhateverIsSent_IsSignedUnderTheNameOfTheAttempt()
    {
        await _bench.LaunchAsync();

        Received request = Assert.Single(_bench.Receiver.Requests);
        Assert.Equal((DispatchBench.Agent.AdwId, DispatchBench.Agent.AdwId), (request.Header("webhook-id"), request.Header("Idempotency-Key")));
        Assert.Equal(SignatureVerdict.Valid, request.Judge(DispatchBench.Secret, _bench.Time.GetUtcNow()));
        Assert.Equal(SignatureVerdict.Valid, request.Judge(DispatchBench.OldSecret, _bench.Time.GetUtcNow()));
        Assert.Equal(SignatureVerdict.NoMatch, request.Judge(new byte[32], _bench.Time.GetUtcNow()));
        Received forged = request with { Body = [.. request.Body, (byte)' '] };
        Assert.Equal(_bench.Secrets.Traces.Parent(104, 2, 1), request.Header("traceparent"));
        Assert.Equal(SignatureVerdict.NoMatch, forged.Judge(DispatchBench.Secret, _bench.Time.GetUtcNow()));
    }

    [Theory]
    [InlineData(400, "{\"detail\":\"No such repository.\"}", "The dispatch of 'cloud' was answered 400: No such repository.")]
    [InlineData(401, "", "The dispatch of 'cloud' was answered 401.")]
    [InlineData(403, "<p>no\r\n\u0007 entry</p>", "The dispatch of 'cloud' was answered 403: <p>no entry</p>")]
    [InlineData(404, "{\"error\":{}}", "The dispatch of 'cloud' was answered 404.")]
    [InlineData(409, "[1]", "The dispatch of 'cloud' was answered 409: [1]")]
    public async Task Launch_WhenTheReceiverRefuses_IsNotTriedAgain(int status, string body, string message)
    {
        _bench.Receiver.Answer(status, body);

        var refusal = await Assert.ThrowsAsync<AgentLaunchException>(() => _bench.LaunchAsync());

        Assert.Equal(message, refusal.Message);
        Assert.False(refusal.MayHaveStarted);
        Assert.Single(_bench.Receiver.Requests);
    }

    [Fact]
    public async Task Launch_WhenItIsRefusedAfterATryThatWasNotAnswered_SaysThatItMayHaveStarted()
    {
        _bench.Receiver.Answer(503, "", AtOnce);
        _bench.Receiver.Answer(422);

        Assert.True((await Assert.ThrowsAsync<AgentLaunchException>(() => _bench.LaunchAsync())).MayHaveStarted);
    }

    [Fact]
    public async Task Launch_WhenItIsRefusedAfterALaunchThatFailed_SaysThatItMayHaveStarted()
    {
        for (int i = 0; i < 1 + DispatchPolicy.MaxRetries; i++)
        {
            _bench.Receiver.Answer(503, "", AtOnce);
        }

        _bench.Receiver.Answer(422);
        await Assert.ThrowsAsync<HttpRequestException>(() => _bench.LaunchAsync());

        Assert.True((await Assert.ThrowsAsync<AgentLaunchException>(() => _bench.LaunchAsync())).MayHaveStarted);
    }

    [Fact]
    public async Task Launch_WhenAProcessThatIsGoneMayHaveTried_SaysThatItMayHaveStarted()
    {
        _bench.Time.Advance(TimeSpan.FromSeconds(3));
        _bench.Receiver.Answer(422);

        Assert.True((await Assert.ThrowsAsync<AgentLaunchException>(() => _bench.LaunchAsync())).MayHaveStarted);
    }

    [Fact]
    public async Task Launch_WhenTheReasonIsNoText_IsRefusedAllTheSame()
    {
        _bench.Receiver.Answer(400, """{"detail":"\ud800"}""");

        var refusal = await Assert.ThrowsAsync<AgentLaunchException>(() => _bench.LaunchAsync());

        Assert.Equal("""The dispatch of 'cloud' was answered 400: {"detail":"\ud800"}""", refusal.Message);
    }

    [Fact]
    public async Task Launch_WhenTheBodyOfASuccessDoesNotCome_IsLaunched()
    {
        var never = new TaskCompletionSource();
        _bench.Receiver.Answer(async http =>
        {
            http.Response.ContentLength = 100;
            await http.Response.Body.FlushAsync();
            await never.Task;
        });

        await _bench.LaunchAsync().WaitAsync(TimeSpan.FromMinutes(3));

        Assert.Single(_bench.Receiver.Requests);
        never.SetResult();
    }

    [Theory]
    [InlineData(500)]
    [InlineData(503)]
    [InlineData(408)]
    [InlineData(425)]
    [InlineData(429)]
    public async Task Launch_WhenTheReceiverCannotNow_IsTriedAgainUnderTheSameName(int status)
    {
        _bench.Receiver.Answer(status, "", AtOnce);
        _bench.Receiver.Answer(status, "", AtOnce);

        await _bench.LaunchAsync();

        Assert.Equal(3, _bench.Receiver.Requests.Count);
        Assert.Single(_bench.Receiver.Requests.Select(r => r.Header("webhook-id")).Distinct());
    }

    [Fact]
    public async Task Launch_WhenTheReceiverNeverCan_FailsAfterAFewTriesSoThatTheActivityIsTriedAgain()
    {
        for (int i = 0; i < 10; i++)
        {
            _bench.Receiver.Answer(503, "down", AtOnce);
        }

        var fault = await Assert.ThrowsAsync<HttpRequestException>(() => _bench.LaunchAsync());

        Assert.Equal("The dispatch of 'cloud' was answered 503: down", fault.Message);
        Assert.Equal(1 + DispatchPolicy.MaxRetries, _bench.Receiver.Requests.Count);
    }

    [Fact]
    public async Task Launch_WhenTheReceiverBreaksTheConnection_IsTriedAgain()
    {
        _bench.Receiver.Answer(http =>
        {
            http.Abort();
            return Task.CompletedTask;
        });
        Task launch = _bench.LaunchAsync();
        await _bench.Receiver.CameAsync();

        // The jitter says how long is waited: less than a try may take.
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        while (!launch.IsCompleted)
        {
            _bench.Time.Advance(TimeSpan.FromMilliseconds(100));
            await Task.WhenAny(launch, Task.Delay(10, patience.Token));
        }

        await launch;
        Assert.Equal(2, _bench.Receiver.Requests.Count);
    }

    [Theory]
    [InlineData("20", 20)]
    [InlineData("3600", 30)]
    [InlineData("DATE", 25)]
    public async Task Launch_WhenTheReceiverSaysWhenToComeBack_WaitsThatLongAndNoLongerThanHalfAMinute(string retryAfter, int seconds)
    {
        string value = retryAfter == "DATE" ? _bench.Time.GetUtcNow().AddSeconds(25).ToString("R", CultureInfo.InvariantCulture) : retryAfter;
        _bench.Receiver.Answer(503, "", ("Retry-After", value));

        Task launch = _bench.LaunchAsync();
        await _bench.WaitsForAsync(TimeSpan.FromSeconds(seconds));
        _bench.Time.AdvanceToNext();
        await launch;

        Assert.Equal(2, _bench.Receiver.Requests.Count);
        Received again = _bench.Receiver.Requests.Last();
        Assert.Equal(SignatureVerdict.Valid, again.Judge(DispatchBench.Secret, _bench.Time.GetUtcNow()));
        Assert.Equal(_bench.Time.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture), again.Header("webhook-timestamp"));
    }

    [Fact]
    public async Task Launch_WhenTheReceiverDoesNotAnswer_EndsTheTryInTime()
    {
        var never = new TaskCompletionSource();
        _bench.Receiver.Answer(_ => never.Task);
        Task launch = _bench.LaunchAsync();
        await _bench.Receiver.CameAsync();

        await _bench.WaitsForAsync(_bench.Options.Timeout);
        _bench.Time.AdvanceToNext();
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        while (!launch.IsCompleted)
        {
            _bench.Time.Advance(TimeSpan.FromMilliseconds(100));
            await Task.WhenAny(launch, Task.Delay(10, patience.Token));
        }

        await launch;
        Assert.Equal(2, _bench.Receiver.Requests.Count);
        never.SetResult();
    }

    [Fact]
    public async Task Launch_WhenAHostKeepsFailing_IsKeptFromItForAWhile()
    {
        for (int i = 0; i < DispatchPolicy.BreakThreshold; i++)
        {
            _bench.Receiver.Answer(500, "", AtOnce);
        }

        await Assert.ThrowsAsync<HttpRequestException>(() => _bench.LaunchAsync());
        await Assert.ThrowsAnyAsync<Exception>(() => _bench.LaunchAsync());
        var left = await Assert.ThrowsAsync<HttpRequestException>(() => _bench.LaunchAsync());
        Assert.Equal($"127.0.0.1:{_bench.Receiver.Url.Port} is left alone for 5 seconds, because its last tries failed: it answered 500.", left.Message);
        Assert.Equal(DispatchPolicy.BreakThreshold, _bench.Receiver.Requests.Count);

        _bench.Time.Advance(DispatchPolicy.BreakDuration);
        await _bench.LaunchAsync();

        Assert.Equal(DispatchPolicy.BreakThreshold + 1, _bench.Receiver.Requests.Count);
    }

    [Fact]
    public async Task Launch_WhenAHostIsBusy_IsNotKeptFromIt()
    {
        for (int i = 0; i < 3 * (1 + DispatchPolicy.MaxRetries); i++)
        {
            _bench.Receiver.Answer(429, "", AtOnce);
        }

        for (int i = 0; i < 3; i++)
        {
            await Assert.ThrowsAsync<HttpRequestException>(() => _bench.LaunchAsync());
        }

        await _bench.LaunchAsync();
    }

    [Fact]
    public async Task Launch_WhenTheAttemptIsClosedMeanwhile_IsNotTriedAgain()
    {
        _bench.Receiver.Answer(http =>
        {
            _bench.Attempt = _bench.Attempt! with { Status = AttemptStatus.Closed };
            http.Response.StatusCode = 503;
            http.Response.Headers.RetryAfter = "0";
            return Task.CompletedTask;
        });

        await _bench.LaunchAsync();

        Assert.Single(_bench.Receiver.Requests);
    }

    [Fact]
    public async Task Launch_WhenTheAnswerHasNoEnd_ReadsItsBeginning()
    {
        _bench.Receiver.Answer(async http =>
        {
            http.Response.StatusCode = 400;
            byte[] much = [.. Enumerable.Repeat((byte)'a', 8192)];
            while (!http.RequestAborted.IsCancellationRequested)
            {
                await http.Response.Body.WriteAsync(much, http.RequestAborted);
            }
        });

        var refusal = await Assert.ThrowsAsync<AgentLaunchException>(() => _bench.LaunchAsync());

        Assert.Equal($"The dispatch of 'cloud' was answered 400: {new string('a', 300)}", refusal.Message);
    }

    [Theory]
    [InlineData(200, true)]
    [InlineData(204, true)]
    [InlineData(410, true)]
    [InlineData(202, false)]
    [InlineData(404, false)]
    [InlineData(403, false)]
    public async Task Stop_WhenTheReceiverAnswers_IsConfirmedWhereItSaysSo(int status, bool isGone)
    {
        _bench.Receiver.Answer(status);

        Assert.Equal(isGone, await _bench.StopAgentAsync());

        Received request = Assert.Single(_bench.Receiver.Requests);
        Assert.Equal(("/stop", DispatchBench.Agent.AdwId + "-stop"), (request.Path, request.Header("webhook-id")));
        Assert.Equal(SignatureVerdict.Valid, request.Judge(DispatchBench.Secret, _bench.Time.GetUtcNow()));
        Assert.Equal(
            $$"""{"adw_id":"{{DispatchBench.Agent.AdwId}}","queue_id":"queue-104-2","feature_id":104,"phase_number":2,"attempt":1,"workflow_type":"cloud"}""",
            request.Json.GetRawText());
    }

    [Fact]
    public async Task Stop_WhenTheReceiverCannotNow_FailsSoThatItIsTriedAgain()
    {
        for (int i = 0; i < 10; i++)
        {
            _bench.Receiver.Answer(500, "", AtOnce);
        }

        await Assert.ThrowsAsync<HttpRequestException>(_bench.StopAgentAsync);
    }

    [Fact]
    public async Task Stop_WhenNobodyCanBeAsked_IsNotConfirmed()
    {
        await using DispatchBench bench = await DispatchBench.StartAsync(stop: null);

        Assert.False(await bench.StopAgentAsync());

        Assert.Empty(bench.Receiver.Requests);
    }
}
