using System.Text;
using PhaseFlow.Benchmarks.Simulation;
using PhaseFlow.Core.Plans;

namespace PhaseFlow.Benchmarks.Fuzzing;

/// <summary>What a number of inputs led to.</summary>
/// <param name="Inputs">How many.</param>
/// <param name="Accepted">How many were accepted: without any, the generator would show nothing.</param>
/// <param name="Faults">What must not have happened, with the input.</param>
internal sealed record FuzzResult(long Inputs, long Accepted, IReadOnlyList<string> Faults);

/// <summary>Feeds the host with inputs that are almost right: webhook bodies and headers, graphs as JSON, markdown, and routes.</summary>
/// <remarks>Nothing may throw, no answer may be a 5xx, and what is refused may change nothing.</remarks>
internal static class Fuzzer
{
    private const int MaxFaults = 5;

    // What is accepted stays: a fresh host now and then keeps each input as cheap as the first.
    private const int InputsPerHost = 1000;

    private static readonly byte[] Report =
        """{"queue_id":"queue-1-1","feature_id":1,"phase_number":1,"attempt":1,"status":"failed","adw_id":"ADW","error_message":"no","pr_number":7,"usage":{"input_tokens":1,"output_tokens":2,"cost_usd":0.5},"artifacts":[]}"""u8.ToArray();

    private static readonly byte[] Graph =
        """{"title":"T","description":"D","repository":"o/n","priority":50,"phases":[{"phase_number":1,"title":"A","content":"x","depends_on":[],"workflow_type":"external","timeout":"2h","max_attempts":2,"retry_backoff":"30s","approval":"none"},{"phase_number":2,"title":"B","content":"y","depends_on":[1],"heartbeat_timeout":"15m","estimated_hours":2,"external_docs":["a.md"]}]}"""u8.ToArray();

    private static readonly byte[] Markdown =
        "# Feature\n\nText.\n\n## Phase 1: One\n\nWorkflow: external\nTimeout: 2h\n\nDo it.\n\n```sh\necho 1\n```\n\n## Phase 2: Two\n\nDepends on: 1\nExternal docs: a.md, b.md\n\nDo more.\n"u8.ToArray();

    private static readonly (string Method, string Path, string Query)[] Routes =
    [
        ("GET", "/api/v1/planned-features", "?status=planned&q=a&cursor=1&limit=10"), ("GET", "/api/v1/planned-features/1", ""), ("POST", "/api/v1/planned-features/1/execute", ""),
        ("POST", "/api/v1/planned-features/1/cancel", ""), ("GET", "/api/v1/queue", "?status=ready&limit=5"), ("GET", "/api/v1/queue/1", ""), ("DELETE", "/api/v1/queue/queue-1-2", ""),
        ("POST", "/api/v1/queue/queue-1-1/approve", ""), ("POST", "/api/v1/queue/queue-1-1/retry", ""), ("GET", "/api/v1/queue/queue-1-1/agent", ""),
        ("GET", "/api/v1/queue/queue-1-1/output", "?attempt=1&offset=0"), ("GET", "/api/v1/slots", ""), ("GET", "/api/v1/events", "?after=0&wait=0"), ("GET", "/api/health/live", ""),
        ("GET", "/openapi.json", ""), ("GET", "/", ""), ("POST", "/api/request", ""), ("GET", "/api/queue", ""), ("POST", "/api/v1/queue/enqueue", ""), ("PUT", "/api/v1/slots", ""),
    ];

    /// <summary>Runs so many inputs from a seed on.</summary>
    public static async Task<FuzzResult> RunAsync(long seed, long inputs, Func<long, bool>? goesOn = null)
    {
        var faults = new List<string>();
        long accepted = 0;
        long done = 0;
        while (done < inputs && faults.Count < MaxFaults)
        {
            await using FuzzHost host = await FuzzHost.StartAsync();
            for (int i = 0; i < InputsPerHost && done < inputs && faults.Count < MaxFaults; i++, done++)
            {
                var dice = new Dice(seed + done);
                Input input = Make(dice);
                accepted += await TryAsync(host, input, seed + done, faults) ? 1 : 0;
            }

            if (goesOn?.Invoke(done) == false)
            {
                break;
            }
        }

        return new FuzzResult(done, accepted, faults);
    }

    private static async Task<bool> TryAsync(FuzzHost host, Input input, long seed, List<string> faults)
    {
        long before = host.Store.Version;
        try
        {
            if (input.IsMarkdown)
            {
                FeatureMarkdown.Parse(Encoding.UTF8.GetString(input.Body));
            }

            (int status, string body) = await host.SendAsync(input.Method, input.Path, input.Query, input.Body, input.ContentType, input.Headers);
            if (status >= 500)
            {
                faults.Add($"seed {seed}: {input} is answered with {status}: {body}");
            }
            else if (status >= 400 && host.Store.Version != before)
            {
                faults.Add($"seed {seed}: {input} is refused with {status} and has changed something");
            }

            return status < 300;
        }
        catch (Exception e)
        {
            faults.Add($"seed {seed}: {input} has thrown {e}");
            return false;
        }
    }

    private static Input Make(Dice dice)
    {
        var mutator = new Mutator(dice);
        switch (dice.Between(0, 3))
        {
            case 0:
                return MakeReport(dice, mutator);
            case 1:
                return new Input("POST", "/api/v1/planned-features", "", mutator.Bytes(Graph), "application/json", []);
            case 2:
                return new Input("POST", "/api/v1/planned-features", "", mutator.Bytes(Markdown), "text/markdown", []) { IsMarkdown = true };
            default:
                (string method, string path, string query) = dice.Pick(Routes);
                string mutated = "/" + mutator.Text(path).TrimStart('/');
                byte[] body = dice.Chance(50) ? [] : mutator.Bytes("""{"reason":"because"}"""u8.ToArray());
                return new Input(method, mutated, query.Length == 0 ? "" : "?" + mutator.Text(query[1..]), body, "application/json", []);
        }
    }

    private static Input MakeReport(Dice dice, Mutator mutator)
    {
        byte[] valid = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(Report).Replace("ADW", AdwId.Of(1, 1, 1), StringComparison.Ordinal));
        byte[] body = mutator.Bytes(valid);

        // Half of them are signed as they are, so that what lies behind the signature is reached too.
        Dictionary<string, string> headers = FuzzHost.Sign($"d-{dice.Between(1, 1000)}", dice.Chance(50) ? body : valid);
        if (dice.Chance(30))
        {
            string name = dice.Pick(headers.Keys.ToArray());
            headers[name] = mutator.Text(headers[name]);
        }

        return new Input("POST", "/workflow-complete", "", body, "application/json", headers);
    }

    private sealed record Input(string Method, string Path, string Query, byte[] Body, string ContentType, Dictionary<string, string> Headers)
    {
        public bool IsMarkdown { get; init; }

        public override string ToString() =>
            $"{Method} {Path}{Query} {string.Join(' ', Headers.Select(h => $"{h.Key}={h.Value}"))} {Convert.ToBase64String(Body)}";
    }
}
