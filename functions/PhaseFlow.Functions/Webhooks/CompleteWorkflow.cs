using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using PhaseFlow.Functions.Features;
using PhaseFlow.Functions.Http;
using PhaseFlow.Functions.Storage;
using PhaseFlow.Functions.Telemetry;

namespace PhaseFlow.Functions.Webhooks;

/// <summary>Takes the report of an attempt. It is stored first and raised then; a refused request changes nothing.</summary>
public sealed class CompleteWorkflow(IPhaseStore store, WebhookGate gate, InboxCourier courier, PhaseFlowMetrics metrics, TimeProvider time)
{
    [Function(nameof(CompleteWorkflow))]
    public async Task<IResult> RunAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "workflow-complete")] HttpRequest request,
        [DurableClient] DurableTaskClient client,
        CancellationToken cancellation)
    {
        (SignedDelivery? delivery, ProblemResult? unsigned) = await SignedDelivery.ReadAsync(request, time.GetUtcNow(), cancellation);
        if (delivery is null)
        {
            return unsigned!;
        }

        (JsonElement json, ProblemResult? malformed) = delivery.ReadJson();
        if (malformed is not null)
        {
            return malformed;
        }

        (WorkflowReport? report, ProblemResult? invalid) = WorkflowReport.Read(json);
        if (report is null)
        {
            return invalid!;
        }

        (AttemptRecord? attempt, ProblemResult? refused) = await gate.CheckAsync(delivery, report.QueueId, report.Attempt, report.AdwId, cancellation);
        if (attempt is null)
        {
            return refused!;
        }

        try
        {
            return Answers.Ok(new ReportAnswer(await ReceiveAsync(client, delivery, report, attempt)));
        }
        catch (FeatureUnknownException)
        {
            // It was removed since it was looked up.
            return WebhookGate.NoSuchAttempt(report.QueueId);
        }
    }

    // An agent that goes away after it has spoken was still heard.
    private async Task<ReceiptResult> ReceiveAsync(DurableTaskClient client, SignedDelivery delivery, WorkflowReport report, AttemptRecord attempt)
    {
        var received = new ReceivedReport(
            delivery.Id,
            attempt.FeatureId,
            attempt.QueueId,
            attempt.AdwId == report.AdwId,
            report.ToMessage(attempt.PhaseNumber, attempt.Attempt),
            delivery.Text());
        Task raising = Task.CompletedTask;
        ReportReceipt receipt = await store.ReceiveReportAsync(
            received, time.GetUtcNow(), entry => raising = courier.DeliverAsync(client, entry), CancellationToken.None);
        metrics.Reported(report.Completed, receipt.Result);
        await raising;
        return receipt.Result;
    }
}

/// <summary>The answer to a report.</summary>
public sealed record ReportAnswer(ReceiptResult Result);
