using System.Text;
using PhaseFlow.Benchmarks.Simulation;
using PhaseFlow.Core.Plans;

namespace PhaseFlow.Benchmarks.Fuzzing;

/// <summary>Makes the input of a seed out of one that is right.</summary>
internal sealed class InputMaker(Dice dice)
{
    private static readonly byte[] Report = Encoding.UTF8.GetBytes(
        $$$"""{"queue_id":"{{{FuzzHost.QueueId}}}","feature_id":1,"phase_number":1,"attempt":1,"status":"failed","adw_id":"{{{AdwId.Of(1, 1, 1)}}}","error_message":"no","pr_number":7,"usage":{"input_tokens":1,"output_tokens":2,"cost_usd":0.5},"artifacts":[]}""");

    private static readonly byte[] Graph =
        """{"title":"T","description":"D","repository":"o/n","priority":50,"phases":[{"phase_number":1,"title":"A","content":"x","depends_on":[],"workflow_type":"external","timeout":"2h","max_attempts":2,"retry_backoff":"30s","approval":"none"},{"phase_number":2,"title":"B","content":"y","depends_on":[1],"heartbeat_timeout":"15m","estimated_hours":2,"external_docs":["a.md"]}]}"""u8.ToArray();

    private static readonly byte[] Markdown =
        "# Feature\n\nText.\n\n## Phase 1: One\n\nWorkflow: external\nTimeout: 2h\n\nDo it.\n\n```sh\necho 1\n```\n\n## Phase 2: Two\n\nDepends on: 1\nExternal docs: a.md, b.md\n\nDo more.\n"u8.ToArray();

    private static readonly byte[] Reason = """{"reason":"because"}"""u8.ToArray();

    /// <summary>Bodies of the functions that take no reason.</summary>
    private static readonly Dictionary<string, byte[]> Bodies = new()
    {
        ["SubmitFeature"] = Graph,
        ["EnqueuePhase"] = """{"feature_id":1,"phase_number":9,"title":"N","content":"x","depends_on":[1],"timeout":"2h"}"""u8.ToArray(),
        ["LegacyEnqueuePhase"] = """{"parent_issue":1,"phase_number":9,"phase_data":{"title":"N","content":"x","externalDocs":["a.md"]},"depends_on_phase":1}"""u8.ToArray(),
        ["LegacyRequest"] = """{"nl_input":"Do it.","phases":[{"number":1,"title":"A","content":"x"},{"number":2,"title":"B","content":"y","depends_on":[1]}]}"""u8.ToArray(),
        ["PrioritizePhase"] = """{"priority":10,"reason":"because"}"""u8.ToArray(),
    };

    /// <summary>What may stand in a query. Where a function knows none, any of them stands there.</summary>
    private static readonly Dictionary<string, string[]> Parameters = new()
    {
        ["SubmitFeature"] = ["execute=true", "validate=true", "default_workflow=shell"],
        ["ListFeatures"] = ["status=planned", "q=a", "cursor=1", "limit=10"],
        ["ListQueue"] = ["status=ready,running", "cursor=1", "limit=10"],
        ["GetFeatureQueue"] = ["status=failed", "cursor=1", "limit=10"],
        ["GetEvents"] = ["after=0", "after=latest", "wait=0", "feature=1"],
        ["GetOutput"] = ["attempt=1", "offset=0", "limit=10"],
        ["GetIssue"] = ["repository=o/n"],
    };

    private static readonly string[] AnyParameter = [.. Parameters.Values.SelectMany(p => p)];

    private readonly Mutator _mutator = new(dice);

    /// <summary>The functions whose inputs are known by name.</summary>
    public static IEnumerable<string> Functions => Bodies.Keys.Concat(Parameters.Keys);

    public FuzzInput Make() => (FuzzArea)dice.Between(0, 3) switch
    {
        FuzzArea.Webhook => MakeSigned(),
        FuzzArea.Graph => MakeFeature(FuzzArea.Graph, Graph, "application/json"),
        FuzzArea.Markdown => MakeFeature(FuzzArea.Markdown, Markdown, "text/markdown"),
        _ => MakeRoute(),
    };

    private FuzzInput MakeSigned()
    {
        bool isQuestion = dice.Chance(10);
        bool isHeartbeat = !isQuestion && dice.Chance(10);
        byte[] valid = isQuestion ? Encoding.UTF8.GetBytes($$"""{"adw_id":"{{AdwId.Of(1, 1, 1)}}","attempt":1,"question":"Which?"}""")
            : isHeartbeat ? Encoding.UTF8.GetBytes($$"""{"adw_id":"{{AdwId.Of(1, 1, 1)}}","attempt":1}""") : Report;
        byte[] body = _mutator.Bytes(valid);

        // Half of them are signed as they are, so that what lies behind the signature is reached too.
        Dictionary<string, string> headers = FuzzHost.Sign($"d-{dice.Between(1, 1000)}", dice.Chance(50) ? body : valid);
        if (dice.Chance(30))
        {
            string name = dice.Pick(headers.Keys.ToArray());
            headers[name] = _mutator.Text(headers[name]);
        }

        return new FuzzInput(FuzzArea.Webhook, "POST", isQuestion ? $"/api/v1/queue/{FuzzHost.QueueId}/ask" : isHeartbeat ? $"/api/v1/queue/{FuzzHost.QueueId}/heartbeat" : "/workflow-complete", "", body, "application/json", headers);
    }

    private FuzzInput MakeFeature(FuzzArea area, byte[] valid, string contentType)
    {
        Dictionary<string, string> headers = [];
        if (dice.Chance(10))
        {
            headers["Idempotency-Key"] = dice.Chance(50) ? "key" : _mutator.Text("key");
        }

        string type = dice.Chance(5) ? _mutator.Text(contentType + "; charset=utf-8") : contentType;
        return new FuzzInput(area, "POST", "/api/v1/planned-features", dice.Chance(10) ? Query("SubmitFeature") : "", _mutator.Bytes(valid), type, headers);
    }

    private FuzzInput MakeRoute()
    {
        (string function, string method, string path) = dice.Pick(FuzzHost.Routes);
        byte[] body = dice.Chance(30) ? [] : _mutator.Bytes(Bodies.GetValueOrDefault(function, Reason));

        // Half of the paths are right, so that what lies behind them is reached too.
        string asked = dice.Chance(50) ? path : "/" + _mutator.Text(path).TrimStart('/');
        return new FuzzInput(FuzzArea.Routes, dice.Chance(5) ? "PUT" : method, asked, dice.Chance(50) ? Query(function) : "", body, "application/json", []);
    }

    private string Query(string function)
    {
        string[] known = Parameters.GetValueOrDefault(function, AnyParameter);
        return "?" + _mutator.Text(string.Join('&', Enumerable.Range(1, dice.Between(1, 3)).Select(_ => dice.Pick(known))));
    }
}
