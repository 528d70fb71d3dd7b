using System.CommandLine;
using PhaseFlow.Embedded.Cli.Runs;
using PhaseFlow.Embedded.Hosting;

namespace PhaseFlow.Embedded.Cli;

/// <summary>Serves, submits one feature, shows its progress, and ends with it.</summary>
internal sealed class RunCommand(CommonOptions common, Terminal terminal)
{
    private readonly Argument<string> _file = new("FILE.md") { Description = "The feature, written as markdown." };

    private readonly Option<bool> _plain = new("--plain")
    {
        Description = "One line per change in place of a live table. [default where the output is not a terminal]",
    };

    private readonly Option<bool> _retry = new("--retry")
    {
        Description = "Run the failed phases of the last run once more, and what they blocked; keep what is completed.",
    };

    private readonly Option<bool> _new = new("--new")
    {
        Description = "Start a new run, even where the last one is not over.",
    };

    public Command ToCommand()
    {
        var command = new Command(
            "run",
            "Runs a feature to its end. An unfinished run of the same file is picked up; a phase that names no 'Workflow:' and has a fenced sh block runs that script.");
        command.Arguments.Add(_file);
        command.Options.Add(_plain);
        command.Options.Add(_retry);
        command.Options.Add(_new);
        command.Validators.Add(result =>
        {
            if (result.GetValue(_retry) && result.GetValue(_new))
            {
                result.AddError("--retry and --new exclude each other.");
            }
        });
        command.SetAction((parsed, _) => RunAsync(
            common.Read(parsed) with { AllowShell = true },
            parsed.GetValue(_file)!,
            parsed.GetValue(_retry) ? RunChoice.Retry : parsed.GetValue(_new) ? RunChoice.New : RunChoice.PickUp,
            parsed.GetValue(_plain)));
        return command;
    }

    private async Task<int> RunAsync(HostSettings settings, string path, RunChoice choice, bool plain)
    {
        if (PlanFile.Read(path, out string problem) is not { } file)
        {
            return terminal.Refuse(problem);
        }

        using var signals = new Signals();
        try
        {
            await using EmbeddedHost host = await LastPort.StartAsync(settings, signals.Stop);
            var session = new RunSession(host, settings.DataFolder, CommonOptions.CommandFor(path, settings), terminal);
            return await session.RunAsync(file, choice, plain, signals);
        }
        catch (OperationCanceledException) when (signals.Stop.IsCancellationRequested)
        {
            return signals.ExitCode;
        }
    }
}
