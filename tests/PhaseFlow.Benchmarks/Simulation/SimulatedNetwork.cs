using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;
using PhaseFlow.Core.Webhooks;
using PhaseFlow.Functions.Storage;
using PhaseFlow.Functions.Webhooks;

namespace PhaseFlow.Benchmarks.Simulation;

/// <summary>What lies between agents and the webhook: it drops, repeats, reorders and delays, and somebody in it forges.</summary>
internal sealed class SimulatedNetwork(World world)
{
    private const int MaxTries = 12;

    private int _deliveries;

    /// <summary>An agent reports, and tries again for as long as it hears nothing.</summary>
    public void Report(SimulatedAgent agent, bool completed)
    {
        // The tokens are a different number for each attempt, so that a sum tells which reports were counted, and how often.
        long tokens = Oracle.TokensOf(agent);
        decimal cost = world.Options.Caps ? world.Dice.Pick<decimal>([0m, 0.01m, 0.5m, 1m, 3m]) : 0;
        string body = string.Create(
            CultureInfo.InvariantCulture,
            $$$"""
            {"queue_id":"{{{agent.QueueId}}}","attempt":{{{agent.Name.Attempt}}},"status":"{{{(completed ? "completed" : "failed")}}}","adw_id":"{{{agent.Name.AdwId}}}","usage":{"input_tokens":{{{tokens}}},"cost_usd":{{{cost}}} }}
            """);
        string id = string.Create(CultureInfo.InvariantCulture, $"d-{++_deliveries}");
        int copies = world.Dice.Chance(20) ? world.Dice.Between(2, 4) : 1;
        for (int i = 0; i < copies; i++)
        {
            // A repeat comes under the same delivery id, or under a new one.
            string own = i == 0 || world.Dice.Chance(50) ? id : string.Create(CultureInfo.InvariantCulture, $"d-{++_deliveries}");
            Send(agent, own, body, MaxTries);
        }

        if (world.Dice.Chance(8))
        {
            Forge(agent, body);
        }
    }

    private void Send(SimulatedAgent agent, string id, string body, int tries)
    {
        if (tries == 0 || world.Dice.Chance(4))
        {
            world.Tell($"a report of {agent.QueueId} attempt {agent.Name.Attempt} is lost");
            return;
        }

        DateTimeOffset signedAt = world.Agenda.Now;
        TimeSpan delay = world.Dice.Between(0, 99) switch
        {
            < 70 => world.Dice.Milliseconds(1, 300),
            < 95 => world.Dice.Seconds(1, 60),
            _ => world.Dice.Seconds(60, 600),
        };
        world.Agenda.Outside(delay, () => _ = ArriveAsync(agent, id, body, signedAt, tries));
    }

    private async Task ArriveAsync(SimulatedAgent agent, string id, string body, DateTimeOffset signedAt, int tries)
    {
        int? status = await PostAsync(id, body, signedAt, World.SecretOf(agent.QueueId, agent.Name.Attempt), isGenuine: true);
        if (status is 404 && !world.Store.Has(agent.Name.FeatureId))
        {
            // It spoke of a feature that is kept no longer.
            return;
        }

        if (status is not 200)
        {
            // Nobody was there, something failed, or it took so long that the signature was too old: the agent signs and sends again.
            Violation(status is null or 401 or >= 500, $"a genuine report of {agent.QueueId} attempt {agent.Name.Attempt} is refused with {status}");
            world.Agenda.Outside(world.Dice.Seconds(1, 20), () => Send(agent, id, body, tries - 1));
        }
    }

    /// <summary>Words of somebody who does not know the secret of the attempt, or of an agent that speaks for another.</summary>
    private void Forge(SimulatedAgent agent, string body)
    {
        byte[] secret = world.Dice.Between(0, 2) switch
        {
            0 => AttemptSecret.Derive(new byte[32], agent.QueueId, agent.Name.Attempt),
            1 => World.SecretOf(agent.QueueId, agent.Name.Attempt + 1),
            _ => World.SecretOf("queue-999-1", agent.Name.Attempt),
        };
        string lie = body.Replace("failed", "completed", StringComparison.Ordinal).Replace("\"input_tokens\":", "\"input_tokens\":9", StringComparison.Ordinal)
            .Replace("\"cost_usd\":", "\"cost_usd\":9", StringComparison.Ordinal);
        string id = string.Create(CultureInfo.InvariantCulture, $"f-{++_deliveries}");
        world.Agenda.Outside(world.Dice.Milliseconds(0, 90_000), () => _ = ForgedAsync(id, lie, secret));
    }

    private async Task ForgedAsync(string id, string body, byte[] secret)
    {
        int? status = await PostAsync(id, body, world.Agenda.Now, secret, isGenuine: false);
        Violation(status is null or 401 or 404 or >= 500, $"a forged report is answered with {status}");
    }

    /// <summary>Calls the real function. Null where there is no process, or it died with the request.</summary>
    private async Task<int?> PostAsync(string id, string body, DateTimeOffset signedAt, byte[] secret, bool isGenuine)
    {
        if (world.Host is not { } host)
        {
            return null;
        }

        byte[] bytes = Encoding.UTF8.GetBytes(body);
        var context = new DefaultHttpContext();
        context.Request.Method = "POST";
        context.Request.ContentLength = bytes.Length;
        context.Request.Body = new MemoryStream(bytes);
        context.Request.Headers[WebhookSignature.IdHeader] = id;
        context.Request.Headers[WebhookSignature.TimestampHeader] = signedAt.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        context.Request.Headers[WebhookSignature.SignatureHeader] = WebhookSignature.Sign(id, signedAt, bytes, secret);
        var answered = new TaskCompletionSource<int?>();
        world.OnCrash(() => answered.TrySetResult(null));
        _ = AnswerAsync();
        return await answered.Task;

        async Task AnswerAsync()
        {
            try
            {
                IResult result = await host.Services.Webhook.RunAsync(context.Request, host.Services.Client, CancellationToken.None);
                int status = (result as IStatusCodeHttpResult)?.StatusCode ?? 0;
                if (result is IValueHttpResult<ReportAnswer> { Value: { } answer })
                {
                    world.Tell($"{(isGenuine ? "a" : "a forged")} report {id} is {answer.Result}");
                    world.Oracle.Answered(body, answer.Result == ReceiptResult.Accepted);
                }

                answered.TrySetResult(status);
            }
            catch (SimulatedFaultException)
            {
                answered.TrySetResult(500);
            }
            catch (Exception e)
            {
                world.Fail(e as ViolationException ?? new ViolationException(0, $"the webhook has thrown: {e}", e));
            }
        }
    }

    private void Violation(bool holds, string what)
    {
        if (!holds)
        {
            world.Fail(new ViolationException(7, what));
        }
    }
}

/// <summary>A fault that the simulation has made: the disk or the network of a call did not do its part.</summary>
internal sealed class SimulatedFaultException() : Exception("The connection was lost.");
