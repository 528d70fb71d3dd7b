using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Http.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PhaseFlow.Core.Plans;
using PhaseFlow.Core.Webhooks;
using PhaseFlow.Functions.Agents;
using PhaseFlow.Functions.Http;
using PhaseFlow.Functions.Storage;
using PhaseFlow.Functions.Webhooks;

namespace PhaseFlow.Embedded.Agents;

/// <summary>Watches the local agents, also those that an earlier process has started, and reports how they end.</summary>
/// <remarks>It stops no agent when the host stops: the next host finds them again. A report may be sent twice; the webhook takes it once.</remarks>
internal sealed partial class AgentSupervisor(
    ILiveAttempts attempts, AgentFolders folders, AgentProcesses processes, WebhookSecrets secrets, IPublicAddress address, TimeProvider time, ILogger<AgentSupervisor> log)
    : BackgroundService
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestRetry = TimeSpan.FromSeconds(30);

    // No proxy: the address is this host's own.
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = TimeSpan.FromSeconds(30) };
    private readonly ConcurrentDictionary<string, (AgentRef Agent, Task Watch)> _watches = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly ILogger _log = log;

    /// <summary>Watches an attempt that has been started until it has ended and that is reported; a repeat changes nothing.</summary>
    /// <param name="agent">The attempt.</param>
    /// <param name="ended">Done when it is worth a look; not before, where the watcher has started the shim itself.</param>
    public void Watch(AgentRef agent, Task ended)
    {
        var start = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task watch = WatchAsync(agent, Task.WhenAll(start.Task, ended));
        if (_watches.TryAdd(agent.AdwId, (agent, watch)))
        {
            start.SetResult();
        }
        else
        {
            start.SetCanceled();
        }
    }

    /// <summary>The agents that have not ended as far as is known.</summary>
    public IReadOnlyList<AgentRef> Watched => [.. _watches.Values.Select(w => w.Agent)];

    public bool IsWatched(string adwId) => _watches.ContainsKey(adwId);

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        await base.StopAsync(cancellationToken);
        await Task.WhenAll(_watches.Values.Select(w => w.Watch)).WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public override void Dispose()
    {
        _stopping.Cancel();
        _http.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        foreach (AttemptRecord attempt in await attempts.ListLiveAttemptsAsync(stoppingToken))
        {
            AgentFolder folder = folders.Of(attempt.AdwId);
            if (folder.IsStarted && !folder.IsReported && !(folder.IsStopped && folder.HasExited))
            {
                LogAdopted(attempt.AdwId);
                Watch(new AgentRef(attempt.FeatureId, attempt.PhaseNumber, attempt.Attempt, attempt.AdwId), Task.CompletedTask);
            }
        }
    }

    private async Task WatchAsync(AgentRef agent, Task ended)
    {
        try
        {
            await ended.WaitAsync(_stopping.Token);
        }
        catch (OperationCanceledException)
        {
            return;
        }

        try
        {
            await ReportEndAsync(agent, folders.Of(agent.AdwId));
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // The next host finds the agent again.
        }
        finally
        {
            _watches.TryRemove(agent.AdwId, out _);
        }
    }

    /// <summary>Does not give up: an end that nobody reports would hold the slot until the attempt's deadline.</summary>
    private async Task ReportEndAsync(AgentRef agent, AgentFolder folder)
    {
        for (TimeSpan delay = FirstRetry; ; delay = Next(delay))
        {
            try
            {
                await WaitForEndAsync(folder);
                if (!folder.IsStopped && !folder.IsReported)
                {
                    await ReportAsync(agent, folder, folder.HasExited ? folder.ReadExitCode() : null);
                }

                return;
            }
            catch (Exception e) when (!_stopping.IsCancellationRequested)
            {
                LogWatchFailed(e, agent.AdwId, delay);
            }

            await Task.Delay(delay, time, _stopping.Token);
        }
    }

    private async Task WaitForEndAsync(AgentFolder folder)
    {
        while (folder.Exists && !folder.HasExited)
        {
            // A shim that ended before it took the start leaves the attempt to nobody: no later one may take it, because the end is reported.
            if (!folder.IsStarted && folder.TryClaim())
            {
                return;
            }

            if (!await processes.IsAliveAsync(folder, _stopping.Token))
            {
                // Without its shim the command has no one to end it.
                if (!folder.HasExited && folder.Group is { } group && await processes.IsAliveAsync(folder, group, _stopping.Token))
                {
                    await processes.SignalGroupAsync(folder, group.Pid, "KILL", _stopping.Token);
                }

                if (!folder.HasExited)
                {
                    AgentProcesses.KillStrays(folder);
                }

                return;
            }

            await Task.Delay(LookInterval, time, _stopping.Token);
        }

        if (!folder.Exists)
        {
            // Somebody has deleted it: what is known of the agent is gone, and what is left of it must not work without a slot.
            AgentProcesses.KillStrays(folder);
        }
    }

    private async Task ReportAsync(AgentRef agent, AgentFolder folder, int? exitCode)
    {
        // What a restart finds may be quicker than the listener.
        while (address.OwnUrl.Length == 0)
        {
            await Task.Delay(LookInterval, time, _stopping.Token);
        }

        bool mayAdd = File.Exists(folder.ReportPath);
        string? refusal = null;
        for (TimeSpan delay = FirstRetry; ; delay = Next(delay))
        {
            string reason;
            try
            {
                (int status, string? detail) = await SendAsync(agent, ExitReport.Body(agent, exitCode, folder, refusal));
                if (IsFinal(status) && status >= 400 && mayAdd)
                {
                    refusal = detail ?? string.Create(CultureInfo.InvariantCulture, $"it was answered {status}.");
                    LogAdditionsRefused(agent.AdwId, refusal);
                    mayAdd = false;
                    continue;
                }

                if (IsFinal(status))
                {
                    folder.MarkReported(status.ToString(CultureInfo.InvariantCulture));
                    LogReported(agent.AdwId, exitCode, status);
                    return;
                }

                reason = $"it was answered {status}";
            }
            catch (Exception e) when (e is HttpRequestException or TaskCanceledException or IOException && !_stopping.IsCancellationRequested)
            {
                reason = e.Message;
            }

            LogRetry(agent.AdwId, reason, delay);
            await Task.Delay(delay, time, _stopping.Token);
        }
    }

    private async Task<(int Status, string? Detail)> SendAsync(AgentRef agent, byte[] body)
    {
        // The same id for each try: however many arrive, they are one report.
        string id = $"{agent.AdwId}-exit";
        DateTimeOffset now = time.GetUtcNow();
        byte[] secret = secrets.CurrentSecretOf(QueueId.Format(agent.FeatureId, agent.PhaseNumber), agent.Attempt);
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{address.OwnUrl}/workflow-complete") { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new("application/json");
        request.Headers.Add(WebhookSignature.IdHeader, id);
        request.Headers.Add(WebhookSignature.TimestampHeader, now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture));
        request.Headers.Add(WebhookSignature.SignatureHeader, WebhookSignature.Sign(id, now, body, secret));
        using HttpResponseMessage response = await _http.SendAsync(request, _stopping.Token);
        bool isProblem = response.Content.Headers.ContentType?.MediaType == Problem.ContentType;
        return ((int)response.StatusCode, isProblem ? (await response.Content.ReadFromJsonAsync<Problem>(ApiJson.Options, _stopping.Token))?.Detail : null);
    }

    private static TimeSpan Next(TimeSpan delay) => delay * 2 < LongestRetry ? delay * 2 : LongestRetry;

    private static bool IsFinal(int status) => status < 500
        && status is not (StatusCodes.Status408RequestTimeout or StatusCodes.Status429TooManyRequests);
}
