using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using Microsoft.Extensions.Options;
using PhaseFlow.Core.Plans;
using PhaseFlow.Functions.Http;
using PhaseFlow.Functions.Storage;
using PhaseFlow.Functions.Webhooks;

namespace PhaseFlow.Functions.Agents.Dispatch;

/// <summary>Launches agents elsewhere by a signed request: the workflow types of the settings that have a <c>Url</c>.</summary>
/// <remarks>
/// The receiver starts an agent once for each <c>adw_id</c>, however often it is asked, and never after it was told to stop it.
/// It answers before the agent ends: 2xx is launched, any 4xx but 408, 425 and 429 refuses for good, and all else is tried again.
/// </remarks>
internal sealed class DispatchLauncher(
    IPhaseStore store, WebhookSecrets secrets, IPublicAddress address, IOptions<DispatchOptions> options, IHostResolver resolver, TimeProvider time)
    : IAgentLauncher, IDisposable
{
    private const int ReasonLength = 300;

    /// <summary>The first try of a launch follows its record at once; one that comes later may not be the first.</summary>
    private static readonly TimeSpan FirstTry = TimeSpan.FromSeconds(2);

    private static readonly string[] ReasonMembers = ["detail", "title", "error", "message"];

    // The launches that were tried and have no certain answer yet.
    private readonly ConcurrentDictionary<string, bool> _tried = new(StringComparer.Ordinal);
    private readonly Lazy<DispatchClient> _client = new(() => new DispatchClient(options.Value.Target(), resolver, options.Value.Timeout, time));

    public IEnumerable<string> WorkflowTypes => options.Value.Types.Keys;

    public bool Handles(string workflowType) => options.Value.Types.ContainsKey(workflowType);

    public async Task LaunchAsync(AgentLaunch launch, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(launch);
        string type = launch.Phase.WorkflowType;
        DispatchTypeOptions agent = options.Value.Types.GetValueOrDefault(type)
            ?? throw new AgentLaunchException($"No address is set for workflow type '{type}': set PhaseFlow__Agents__{type}__Url.");
        string queueId = QueueId.Format(launch.FeatureId, launch.Phase.Number);
        if (address.Url.Length == 0)
        {
            throw new InvalidOperationException("The host does not listen: an agent could not report.");
        }

        // What was tried before, here or by a process that is gone, may have started the agent although no answer came.
        bool mayHaveStarted = !_tried.TryAdd(launch.AdwId, true);
        int tries = 0;
        DispatchAnswer? answer = await _client.Value.PostAsync(
            agent.Url,
            launch.AdwId,
            DispatchRequest.Of(launch, address.Url, secrets.SecretText(queueId, launch.Attempt)),
            SecretsOf(type, agent),
            async token =>
            {
                AttemptRecord? attempt = await store.GetAttemptAsync(queueId, launch.Attempt, token);
                mayHaveStarted |= tries++ > 0 || attempt?.LaunchedAt < time.GetUtcNow() - FirstTry;
                return attempt is not { Status: AttemptStatus.Closed };
            },
            secrets.Traces.Parent(launch.FeatureId, launch.Phase.Number, launch.Attempt),
            cancellation);
        if (answer is null or { IsSuccess: true })
        {
            _tried.TryRemove(launch.AdwId, out _);
            return;
        }

        string what = $"The dispatch of '{type}' was answered {(int)answer.Status}{Reason(answer.Text)}";
        if (answer.IsTransient)
        {
            throw new HttpRequestException(what, null, answer.Status);
        }

        _tried.TryRemove(launch.AdwId, out _);
        throw new AgentLaunchException(what) { MayHaveStarted = mayHaveStarted };
    }

    /// <summary>True where the receiver says so: 200, 204 or 410. Without an address to ask, or with any other answer, nobody knows.</summary>
    public async Task<bool> StopAsync(AgentRef agent, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(agent);
        _tried.TryRemove(agent.AdwId, out _);
        string queueId = QueueId.Format(agent.FeatureId, agent.PhaseNumber);
        if (await store.GetAttemptAsync(queueId, agent.Attempt, cancellation) is not { } attempt
            || !options.Value.Types.TryGetValue(attempt.WorkflowType, out DispatchTypeOptions? type)
            || type.StopUrl is not { } url)
        {
            return false;
        }

        DispatchAnswer? answer = await _client.Value.PostAsync(
            url,
            $"{agent.AdwId}-stop",
            new DispatchStop(agent.AdwId, queueId, agent.FeatureId, agent.PhaseNumber, agent.Attempt, attempt.WorkflowType),
            SecretsOf(attempt.WorkflowType, type),
            _ => Task.FromResult(true),
            secrets.Traces.Parent(agent.FeatureId, agent.PhaseNumber, agent.Attempt),
            cancellation);
        return answer!.IsTransient
            ? throw new HttpRequestException($"The stop of '{attempt.WorkflowType}' was answered {(int)answer.Status}{Reason(answer.Text)}", null, answer.Status)
            : answer.Status is HttpStatusCode.OK or HttpStatusCode.NoContent or HttpStatusCode.Gone;
    }

    public Task<DateTimeOffset?> LastSignAsync(AgentRef agent, CancellationToken cancellation) => Task.FromResult<DateTimeOffset?>(null);

    public Task<AgentOutput?> ReadOutputAsync(AgentRef agent, long offset, int limit, CancellationToken cancellation) =>
        Task.FromResult<AgentOutput?>(null);

    public void Dispose()
    {
        if (_client.IsValueCreated)
        {
            _client.Value.Dispose();
        }
    }

    private static IReadOnlyList<byte[]> SecretsOf(string type, DispatchTypeOptions agent) =>
        agent.Secrets() ?? throw new AgentLaunchException($"PhaseFlow__Agents__{type}__Secret cannot be used.");

    /// <summary>What a receiver says of its refusal: the detail of a problem, or else the text, on one line.</summary>
    private static string Reason(string text)
    {
        string said = text;
        try
        {
            using var json = JsonDocument.Parse(text);
            if (json.RootElement is { ValueKind: JsonValueKind.Object } problem)
            {
                said = ReasonMembers
                    .Select(name => problem.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null)
                    .FirstOrDefault(value => !string.IsNullOrWhiteSpace(value)) ?? "";
            }
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            // Not JSON: its text is what there is.
        }

        said = new string([.. said.Select(c => char.IsControl(c) ? ' ' : c)]);
        said = string.Join(' ', said.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return said.Length == 0 ? "." : $": {StoreJson.Cap(said, ReasonLength)}";
    }
}
