using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using PhaseFlow.Core.Runs;
using PhaseFlow.Core.Slots;
using PhaseFlow.Embedded.Cli.View;
using PhaseFlow.Embedded.Hosting;
using PhaseFlow.Functions.Slots;
using PhaseFlow.Functions.Storage;
using Spectre.Console;

namespace PhaseFlow.Embedded.Cli.Runs;

/// <summary>One <c>run</c> on a started host: finds or starts the feature, watches it, and says how it ended.</summary>
/// <param name="host">The host.</param>
/// <param name="dataFolder">Its data folder.</param>
/// <param name="again">The command that runs the file again.</param>
/// <param name="terminal">Takes what is said.</param>
internal sealed class RunSession(EmbeddedHost host, string dataFolder, string again, Terminal terminal)
{
    private readonly IPhaseStore _store = host.Services.GetRequiredService<IPhaseStore>();
    private readonly TimeProvider _time = host.Services.GetRequiredService<TimeProvider>();

    /// <returns>The exit code.</returns>
    public async Task<int> RunAsync(PlanFile file, RunChoice choice, bool plain, Signals signals)
    {
        using var api = new OwnApi(host.Url, host.Services.GetRequiredService<IConfiguration>()["PhaseFlow:Key"]);
        RunStartResult start = await new RunStart(api, _store, dataFolder, _time).StartAsync(file, choice, signals.Stop);
        TextWriter notes = start.FeatureId is null ? terminal.Error : terminal.Out;
        if (start.FeatureId is not null)
        {
            // Only now: a file that cannot be run is refused without a word about the host.
            terminal.Out.WriteLine($"PhaseFlow listening on {host.Url}");
        }

        foreach (string note in start.Notes)
        {
            notes.WriteLine(note);
        }

        if (start.FeatureId is not { } featureId)
        {
            return ExitCodes.CannotRun;
        }

        RunPicture? last = null;
        try
        {
            last = await WatchAsync(featureId, start, plain, picture => last = picture, signals.Stop);
        }
        catch (OperationCanceledException) when (signals.Stop.IsCancellationRequested)
        {
            terminal.Out.WriteLine(RunSummary.WhatGoesOn(last));
            return signals.ExitCode;
        }
        catch (Exception) when (host.Faulted.IsCompletedSuccessfully)
        {
            return terminal.Refuse(await host.Faulted);
        }

        foreach (string line in RunSummary.Lines(last, dataFolder))
        {
            terminal.Out.WriteLine(line);
        }

        if (last.Status == FeatureStatus.Completed)
        {
            return ExitCodes.Done;
        }

        terminal.Out.WriteLine($"retry with: {again} --retry");
        return ExitCodes.FeatureFailed;
    }

    // Ends with an exception where the database faults: nothing that is shown after that would be true.
    private async Task<RunPicture> WatchAsync(int featureId, RunStartResult start, bool plain, Action<RunPicture> seen, CancellationToken stop)
    {
        using var watching = CancellationTokenSource.CreateLinkedTokenSource(stop);
        using IRunView view = ViewFor(plain, start.Retried is { } retried ? RunPicture.Of(retried, ledger: null, _time.GetUtcNow(), start.Since) : null);
        Task<RunPicture> watch = new RunWatch(_store, ReadLedgerAsync, _time).WatchAsync(
            featureId,
            start,
            picture =>
            {
                seen(picture);
                view.Show(picture);
            },
            watching.Token);
        if (await Task.WhenAny(watch, host.Faulted) != watch)
        {
            await watching.CancelAsync();
        }

        return await watch;
    }

    private IRunView ViewFor(bool plain, RunPicture? retried)
    {
        IAnsiConsole console = AnsiConsole.Console;
        bool live = !plain && !Console.IsOutputRedirected && console.Profile.Capabilities.Ansi;
        return live ? new LiveView(console, host.Url) : new PlainView(terminal.Out, host.Url, retried);
    }

    private async Task<SlotLedger?> ReadLedgerAsync(CancellationToken cancellation)
    {
        var client = host.Services.GetRequiredService<DurableTaskClient>();
        return (await client.Entities.GetEntityAsync<SlotLedger>(SlotLimiter.Id, cancellation))?.State;
    }
}
