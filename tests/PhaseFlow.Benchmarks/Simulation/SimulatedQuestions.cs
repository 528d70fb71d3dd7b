using Microsoft.AspNetCore.Http;
using PhaseFlow.Functions.Http;
using PhaseFlow.Functions.Queue;

namespace PhaseFlow.Benchmarks.Simulation;

/// <summary>Agents that ask a person, and ask again until they are answered.</summary>
internal sealed class SimulatedQuestions(World world)
{
    private readonly HashSet<string> _answers = new(StringComparer.Ordinal);

    /// <summary>What somebody answers: a text that nobody else answers, so that it can be told whose it is.</summary>
    public string NewAnswer(int feature, int? phase)
    {
        string answer = FormattableString.Invariant($"{feature}-{phase} {_answers.Count}");
        _answers.Add(answer);
        return answer;
    }

    /// <summary>An agent asks, or asks again.</summary>
    /// <param name="agent">The agent.</param>
    /// <param name="number">Counts its questions.</param>
    /// <param name="answered">Goes on.</param>
    public void Ask(SimulatedAgent agent, int number, Action answered)
    {
        if (agent.IsAlive)
        {
            _ = AskAsync(agent, number, answered);
        }
    }

    private async Task AskAsync(SimulatedAgent agent, int number, Action answered)
    {
        string question = FormattableString.Invariant($"Which of {number}?");
        if (await PostAsync(agent, question) is not { } result)
        {
            world.Agenda.Outside(world.Dice.Seconds(1, 20), () => Ask(agent, number, answered)); // nobody heard it
            return;
        }

        if (result is not IValueHttpResult<QuestionAnswer> { Value: { } told })
        {
            world.Tell($"{agent.QueueId} attempt {agent.Name.Attempt} may not ask");
            answered(); // it is to stop, and does what agents do
            return;
        }

        if (told.Status == QuestionStatus.Waiting)
        {
            world.Agenda.Outside(world.Dice.Seconds(2, 30), () => Ask(agent, number, answered));
            return;
        }

        world.Tell($"{agent.QueueId} attempt {agent.Name.Attempt} is answered");
        if (told.Answer is null || !_answers.Contains(told.Answer) || !told.Answer.StartsWith(agent.QueueId["queue-".Length..] + " ", StringComparison.Ordinal))
        {
            world.Fail(new ViolationException(7, $"{agent.QueueId} is told an answer that nobody gave: {told.Answer}"));
        }

        if (number < 2 && world.Dice.Chance(30))
        {
            Ask(agent, number + 1, answered);
        }
        else
        {
            answered();
        }
    }

    /// <summary>Null where there is no process, it died with the request, or the call failed.</summary>
    private async Task<IResult?> PostAsync(SimulatedAgent agent, string question)
    {
        if (world.Host is not { } host)
        {
            return null;
        }

        var answered = new TaskCompletionSource<IResult?>();
        world.OnCrash(() => answered.TrySetResult(null));
        _ = RunAsync();
        return await answered.Task;

        async Task RunAsync()
        {
            try
            {
                answered.TrySetResult(
                    await world.Store.GetAttemptAsync(agent.QueueId, agent.Name.Attempt, CancellationToken.None) is { } attempt
                        ? await host.Services.Questions.AskAsync(host.Services.Client, attempt, question, question, CancellationToken.None)
                        : Problems.Conflict("It is over."));
            }
            catch (SimulatedFaultException)
            {
                answered.TrySetResult(null);
            }
            catch (Exception e)
            {
                world.Fail(e as ViolationException ?? new ViolationException(0, $"a question has thrown: {e}", e));
            }
        }
    }
}
