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

    private static readonly string[] ReasonMembers = ["detail", "title", "error", "message"];

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

        DispatchAnswer? answer = await _client.Value.PostAsync(
            agent.Url,
            launch.AdwId,
            DispatchRequest.Of(launch, address.Url, secrets.SecretText(queueId, launch.Attempt)),
            SecretsOf(type, agent),
            async token => await store.GetAttemptAsync(queueId, launch.Attempt, token) is not { Status: AttemptStatus.Closed },
            secrets.Traces.Parent(launch.FeatureId, launch.Phase.Number, launch.Attempt),
            cancellation);
        if (answer is null or { IsSuccess: true })
        {
            return;
        }

        string what = $"The dispatch of '{type}' was answered {(int)answer.Status}{Reason(answer.Text)}";
        throw answer.IsTransient ? new HttpRequestException(what, null, answer.Status) : new AgentLaunchException(what);
    }

    /// <summary>True where the receiver says so: 200, 204 or 410. Without an address to ask, or with any other answer, nobody knows.</summary>
    public async Task<bool> StopAsync(AgentRef agent, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(agent);
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
        catch (JsonException)
        {
            // Not JSON: its text is what there is.
        }

        said = new string([.. said.Select(c => char.IsControl(c) ? ' ' : c)]);
        said = string.Join(' ', said.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return said.Length == 0 ? "." : $": {StoreJson.Cap(said, ReasonLength)}";
    }
}
