using System.Collections.Immutable;
using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using PhaseFlow.Core.Runs;
using PhaseFlow.Embedded.Cli.View;
using PhaseFlow.Embedded.Hosting;
using PhaseFlow.Functions.Storage;

namespace PhaseFlow.Embedded.Cli;

/// <summary>Listens until it is told to stop.</summary>
internal sealed class ServeCommand(CommonOptions common, Terminal terminal)
{
    private readonly Option<string> _host = new("--host")
    {
        Description = "The address to listen on. Any other than this machine's own needs a key: PhaseFlow__Key.",
        HelpName = "ADDRESS",
        DefaultValueFactory = _ => "127.0.0.1",
    };

    private readonly Option<bool> _allowShell = new("--allow-shell")
    {
        Description = "Let phases of the workflow type 'shell' run their script on this machine.",
    };

    public Command ToCommand()
    {
        var command = new Command("serve", "Listens for features and reports (the default).");
        AddTo(command);
        return command;
    }

    /// <summary>Gives a command the options and the action of this one.</summary>
    public void AddTo(Command command)
    {
        command.Options.Add(_host);
        command.Options.Add(_allowShell);
        command.SetAction((parsed, _) => ServeAsync(common.Read(parsed) with
        {
            Bind = parsed.GetValue(_host)!,
            AllowShell = parsed.GetValue(_allowShell),
        }));
    }

    private async Task<int> ServeAsync(HostSettings settings)
    {
        using var signals = new Signals();
        int? before = LastPort.Read(settings.DataFolder);
        try
        {
            await using EmbeddedHost host = await LastPort.StartAsync(settings with { Port = settings.Port ?? HttpHostOptions.DefaultPort }, signals.Stop);
            terminal.Out.WriteLine($"PhaseFlow listening on {host.Url}");
            terminal.Out.WriteLine($"panel {host.PublicUrl}/, data folder {Path.GetFullPath(settings.DataFolder)}");
            terminal.Out.WriteLine("Ctrl+C stops; agents go on");
            await TellWhatIsOpenAsync(host, before, signals.Stop);
            return terminal.Refuse(await host.Faulted.WaitAsync(signals.Stop));
        }
        catch (OperationCanceledException) when (signals.Stop.IsCancellationRequested)
        {
            return signals.ExitCode;
        }
    }

    /// <summary>What goes on from before, where anything does.</summary>
    private async Task TellWhatIsOpenAsync(EmbeddedHost host, int? portBefore, CancellationToken stop)
    {
        ImmutableArray<StoredFeature> open = await host.Services.GetRequiredService<IPhaseStore>().ListOpenFeaturesAsync(stop);
        if (open.IsEmpty)
        {
            return;
        }

        PhaseStatus[] phases = [.. open.SelectMany(feature => feature.Run.Phases.Values).Select(phase => phase.Status)];
        int asking = phases.Count(status => status is PhaseStatus.AwaitingApproval or PhaseStatus.AwaitingAnswer);
        string you = asking == 0 ? "" : $", {RunSummary.Count(asking, "phase")} waiting for you";
        terminal.Out.WriteLine(
            $"picked up {RunSummary.Count(open.Length, "unfinished feature")}, {RunSummary.Count(phases.Count(status => status == PhaseStatus.Running), "phase")} at work{you}");
        if (host.PublicUrl == host.Url && portBefore is { } port && port != new Uri(host.Url).Port && Array.Exists(phases, status => status.HoldsSlot()))
        {
            terminal.Out.WriteLine($"agents that were at work know port {port}: there they report and ask (--port {port} goes back, once it is free)");
        }
    }
}
