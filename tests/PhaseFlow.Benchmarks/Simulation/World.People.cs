using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.DurableTask.Client;
using PhaseFlow.Core.Plans;
using PhaseFlow.Core.Runs;
using PhaseFlow.Functions.Features;
using PhaseFlow.Functions.Http;
using PhaseFlow.Functions.Queue;

namespace PhaseFlow.Benchmarks.Simulation;

/// <content>What people ask for, and the sweep of each minute.</content>
internal sealed partial class World
{
    private static readonly CommandKind[] Anything =
    [
        CommandKind.Cancel, CommandKind.Suspend, CommandKind.Resume, CommandKind.Retry, CommandKind.CancelPhase, CommandKind.RetryPhase,
        CommandKind.RetryPhase, CommandKind.CancelPhase, CommandKind.Suspend, CommandKind.Prioritize, CommandKind.Answer, CommandKind.AddPhase,
    ];

    private static readonly CommandKind[] Against = [CommandKind.Cancel, CommandKind.Suspend, CommandKind.CancelPhase];

    private readonly Dictionary<int, int> _retried = [];
    private int _wishes;
    private int _added;

    private void WishAnything() => Wish(Dice.Pick(Anything), Dice.Between(1, Options.Features));

    /// <summary>Somebody changes their mind about a feature within the minute in which a step of it is forgotten.</summary>
    public void WishAgainst(int feature) => Agenda.Outside(Dice.Seconds(0, 60), () => Wish(Dice.Pick(Against), feature));

    private void Wish(CommandKind kind, int feature)
    {
        int phase = Dice.Between(1, Options.Phases);
        bool isAboutOne = kind is CommandKind.CancelPhase or CommandKind.RetryPhase or CommandKind.Prioritize or CommandKind.Answer;
        Wish(feature, kind, isAboutOne ? phase : null);
        if (Dice.Chance(15))
        {
            Wish(feature, kind, isAboutOne ? phase : null);
        }
    }

    /// <summary>What takes a wish back.</summary>
    private static CommandKind? Opposite(CommandKind kind) => kind switch
    {
        CommandKind.Suspend => CommandKind.Resume,
        CommandKind.Resume => CommandKind.Suspend,
        CommandKind.Approve => CommandKind.Deny,
        CommandKind.Deny => CommandKind.Approve,
        CommandKind.Cancel => CommandKind.Retry,
        CommandKind.Retry => CommandKind.Cancel,
        CommandKind.CancelPhase => CommandKind.RetryPhase,
        CommandKind.RetryPhase => CommandKind.CancelPhase,
        _ => null,
    };

    /// <summary>Somebody changes their mind, or somebody else sees it otherwise.</summary>
    private void WishOtherwise(CommandKind kind, int feature, int? phase)
    {
        if (Opposite(kind) is { } opposite && Dice.Chance(25))
        {
            Agenda.Outside(Dice.Milliseconds(0, 200), () => Wish(feature, opposite, phase));
        }
    }

    private void Wish(int feature, CommandKind kind, int? phase)
    {
        if (Host is { } host)
        {
            Tell($"somebody asks feature {feature} to {kind} {phase}");
            _ = WishAsync(host, feature, kind, phase);
            WishOtherwise(kind, feature, phase);
        }
        else if (kind == CommandKind.Execute)
        {
            Agenda.Outside(Dice.Seconds(1, 30), () => Wish(feature, kind, phase));
        }
    }

    private async Task WishAsync(SimulatedHost host, int feature, CommandKind kind, int? phase)
    {
        phase = kind == CommandKind.AddPhase ? Options.Phases + ++_added : phase;
        string name = kind == CommandKind.AddPhase ? Oracle.NameOfAdded(feature, phase) : kind == CommandKind.Answer ? Questions.NewAnswer(feature, phase) : FormattableString.Invariant($"wish {++_wishes}");
        Oracle.Asked(name, kind, feature, phase);
        HttpRequest request = new DefaultHttpContext().Request;
        request.ContentType = "application/json";
        request.Body = new MemoryStream(Encoding.UTF8.GetBytes(kind switch
        {
            CommandKind.Answer => FormattableString.Invariant($$"""{ "question": {{Oracle.QuestionOf(feature, phase)}}, "answer": "{{name}}" }"""),
            CommandKind.Prioritize => FormattableString.Invariant($$"""{ "priority": {{Dice.Between(1, 99)}}, "reason": "{{name}}" }"""),
            _ => FormattableString.Invariant($$"""{ "reason": "{{name}}" }"""),
        }));
        if (kind is CommandKind.Cancel or CommandKind.CancelPhase)
        {
            Agents.CancelIsAsked(feature, phase);
        }

        try
        {
            IResult result = kind == CommandKind.AddPhase ? await AddAsync(host, feature, phase!.Value) : phase is { } number
                ? kind == CommandKind.Answer
                    ? await host.Services.Questions.AnswerAsync(request, host.Services.Client, QueueId.Format(feature, number), CancellationToken.None)
                    : await host.Services.Commands.RunPhaseAsync(request, host.Services.Client, QueueId.Format(feature, number), kind, CancellationToken.None)
                : await host.Services.Commands.RunAsync(request, host.Services.Client, FormattableString.Invariant($"{feature}"), kind, CancellationToken.None);
            int? status = (result as IStatusCodeHttpResult)?.StatusCode;
            Tell($"that is answered with {status}");
            if (status != 404)
            {
                Oracle.Told(name, status == 202);
            }

            if (status == 202)
            {
                WishOtherwise(kind, feature, phase);
            }

            if (status is not (202 or 404 or 409) && !(status == 422 && kind == CommandKind.AddPhase))
            {
                Fail(new ViolationException(0, $"{kind} is answered with {status}"));
            }
        }
        catch (SimulatedFaultException)
        {
            Tell($"that fails");
        }
        catch (Exception e)
        {
            Fail(e as ViolationException ?? new ViolationException(0, $"{kind} has thrown: {e}", e));
        }
    }

    /// <summary>Somebody adds a phase behind others, of which one may have been added at the same moment.</summary>
    private async Task<IResult> AddAsync(SimulatedHost host, int feature, int number)
    {
        PhasePlan phase = RandomPhase(number) with { DependsOn = [.. Enumerable.Range(1, number - 1).Where(n => Dice.Chance(n > Options.Phases ? 60 : 30))] };
        (QueueRow? row, ProblemResult? refusal) = await host.Services.Additions.AddAsync(host.Services.Client, feature, phase, [], CancellationToken.None);
        return row is null ? refusal! : Answers.Accepted(row);
    }

    /// <summary>Somebody who looks now and then, and does what a feature cannot go on without.</summary>
    private void Care()
    {
        if (Host is null)
        {
            return;
        }

        foreach (FeatureRun run in Oracle.Runs)
        {
            if (run.Status == FeatureStatus.Planned && Dice.Chance(50))
            {
                Wish(run.FeatureId, CommandKind.Execute, null);
            }
            else if (run.Status == FeatureStatus.Suspended && Dice.Chance(50))
            {
                Wish(run.FeatureId, CommandKind.Resume, null);
            }
            else if (run.Status == FeatureStatus.Failed && _retried.GetValueOrDefault(run.FeatureId) == 0 && Dice.Chance(30))
            {
                _retried[run.FeatureId] = 1;
                Wish(run.FeatureId, CommandKind.Retry, null);
            }

            foreach (PhaseState phase in run.Phases.Values.Where(p => p.Status == PhaseStatus.AwaitingAnswer && Dice.Chance(60)))
            {
                Wish(run.FeatureId, CommandKind.Answer, phase.Number);
            }

            foreach (PhaseState phase in run.Phases.Values.Where(p => p.Status == PhaseStatus.AwaitingApproval))
            {
                Wish(run.FeatureId, Dice.Chance(75) ? CommandKind.Approve : CommandKind.Deny, phase.Number);
            }
        }
    }

    private void Sweep()
    {
        if (Host is { } host)
        {
            _ = SweepAsync(host);
        }
    }

    private async Task SweepAsync(SimulatedHost host)
    {
        try
        {
            await host.Services.Sweep.RunAsync(null!, host.Services.Client, CancellationToken.None);
        }
        catch (SimulatedFaultException)
        {
            Tell($"the sweep fails");
        }
        catch (Exception e)
        {
            Fail(e as ViolationException ?? new ViolationException(0, $"the sweep has thrown: {e}", e));
        }
    }

    private void Prune()
    {
        if (Host is { } host)
        {
            _ = PruneAsync(host);
        }
    }

    private async Task PruneAsync(SimulatedHost host)
    {
        try
        {
            await host.Services.Prune.RunAsync(null!, host.Services.Client, CancellationToken.None);
        }
        catch (SimulatedFaultException)
        {
            Tell($"the retention fails");
        }
        catch (Exception e)
        {
            Fail(e as ViolationException ?? new ViolationException(0, $"the retention has thrown: {e}", e));
        }
    }

    private void Terminate()
    {
        if (Host is { } host)
        {
            string instance = FeatureEvents.InstanceId(Dice.Between(1, Options.Features));
            Tell($"an operator terminates {instance}");
            _ = TerminateAsync(host, instance);
        }
    }

    private static async Task TerminateAsync(SimulatedHost host, string instance)
    {
        try
        {
            await host.Services.Client.TerminateInstanceAsync(instance, (TerminateInstanceOptions?)null, CancellationToken.None);
        }
        catch (InvalidOperationException)
        {
            // It was not running.
        }
        catch (Exception e) when (e.GetType().Name == "DurableInstanceException")
        {
            // The same, in the words of the platform.
        }
    }
}
