using System.Text;
using Microsoft.AspNetCore.Http;
using PhaseFlow.Benchmarks.Simulation;
using PhaseFlow.Core.Plans;

namespace PhaseFlow.Benchmarks.Fuzzing;

/// <summary>Feeds the host with inputs that are almost right: webhook bodies and headers, graphs as JSON, markdown, and routes.</summary>
/// <remarks>Nothing may throw, no answer may be a 5xx, and what is refused may change nothing.</remarks>
internal sealed class Fuzzer(long from, long inputs)
{
    private const int MaxFaults = 5;

    // What is accepted stays, and ends what was running: to begin anew keeps each input as cheap as the first, and all of the host in reach.
    private const int InputsPerBlock = 200;

    private readonly Lock _gate = new();
    private readonly List<string> _faults = [];
    private readonly long[] _tried = new long[Enum.GetValues<FuzzArea>().Length];
    private readonly long[] _accepted = new long[Enum.GetValues<FuzzArea>().Length];
    private long _blocks;
    private bool _ends;

    /// <summary>Is told after each block how many inputs were tried; false ends the run.</summary>
    public Func<long, bool> GoesOn { get; init; } = static _ => true;

    /// <summary>A fault that a test plants around the pipeline of the host.</summary>
    public Func<FuzzHost, RequestDelegate, RequestDelegate>? Fault { get; init; }

    /// <summary>Tries the inputs, on so many threads. Each block has a host as new, so that its inputs mean the same whatever ran beside it.</summary>
    public async Task<FuzzResult> RunAsync(int parallel)
    {
        await Task.WhenAll(Enumerable.Range(0, parallel).Select(_ => Task.Run(WorkAsync)));
        return new FuzzResult(_tried.Sum(), [.. Enum.GetValues<FuzzArea>().Select(a => (a, _tried[(int)a], _accepted[(int)a]))], _faults);
    }

    private async Task WorkAsync()
    {
        await using var host = new FuzzHost(Fault);
        while (!Volatile.Read(ref _ends))
        {
            long first = (Interlocked.Increment(ref _blocks) - 1) * InputsPerBlock;
            if (first >= inputs)
            {
                return;
            }

            await host.ResetAsync();
            var tried = new long[_tried.Length];
            var accepted = new long[_tried.Length];
            string? fault = null;
            for (long i = first; i < Math.Min(first + InputsPerBlock, inputs) && fault is null; i++)
            {
                FuzzInput input = new InputMaker(new Dice(from + i)).Make();
                (bool isAccepted, fault) = await TryAsync(host, input);
                tried[(int)input.Area]++;
                accepted[(int)input.Area] += isAccepted ? 1 : 0;
                fault = fault is null ? null : $"fuzz --from {from + first} --inputs {i - first + 1}: {input} {fault}";
            }

            Note(tried, accepted, fault);
        }
    }

    private void Note(long[] tried, long[] accepted, string? fault)
    {
        lock (_gate)
        {
            for (int area = 0; area < tried.Length; area++)
            {
                _tried[area] += tried[area];
                _accepted[area] += accepted[area];
            }

            if (fault is not null)
            {
                _faults.Add(fault);
            }

            _ends |= _faults.Count >= MaxFaults || !GoesOn(_tried.Sum());
        }
    }

    private static async Task<(bool IsAccepted, string? Fault)> TryAsync(FuzzHost host, FuzzInput input)
    {
        long before = host.Writes;
        try
        {
            if (input.Area == FuzzArea.Markdown)
            {
                // Also what the host would refuse before: bytes that are no text.
                FeatureMarkdown.Parse(Encoding.UTF8.GetString(input.Body));
            }

            (int status, ReadOnlyMemory<byte> body) = await host.SendAsync(input);
            return (status < 300,
                status >= 500 ? $"is answered with {status}: {Encoding.UTF8.GetString(body.Span)}"
                : status >= 400 && host.Writes != before ? $"is refused with {status} and has changed something"
                : null);
        }
        catch (Exception e)
        {
            return (false, $"has thrown {e}");
        }
    }
}

/// <summary>What a number of inputs led to.</summary>
/// <param name="Inputs">How many.</param>
/// <param name="Areas">How many of each kind, and how many of these were accepted: without any, the generator would show nothing.</param>
/// <param name="Faults">What must not have happened, with the command that shows it again.</param>
internal sealed record FuzzResult(long Inputs, IReadOnlyList<(FuzzArea Area, long Inputs, long Accepted)> Areas, IReadOnlyList<string> Faults);
