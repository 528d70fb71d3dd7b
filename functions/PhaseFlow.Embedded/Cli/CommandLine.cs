using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using PhaseFlow.Core.Plans;
using PhaseFlow.Embedded.Hosting;

namespace PhaseFlow.Embedded.Cli;

/// <summary>The commands: <c>serve</c>, which is the default, and <c>run FILE.md</c>.</summary>
internal static class CommandLine
{
    private const string Examples = """
        Examples:
          phaseflow run samples/websocket-migration.md          run a feature to its end and watch it
          phaseflow run feature.md --plain                      the same with one line per change, for a log
          phaseflow run feature.md --retry                      run what failed once more, keep what is completed
          phaseflow serve                                       listen on http://127.0.0.1:7071 until Ctrl+C
          phaseflow serve --data /var/lib/phaseflow --port 0    another data folder, a free port

        Exit codes: 0 done, 1 the feature failed, 2 bad usage or could not start, 130 Ctrl+C.
        """;

    public static async Task<int> RunAsync(string[] args)
    {
        Terminal terminal = Terminal.OfProcess();
        ParseResult parsed = Build(terminal).Parse(args);
        if (parsed.Action is ParseErrorAction)
        {
            if (args is [{ } file, ..] && file.EndsWith(".md", StringComparison.OrdinalIgnoreCase))
            {
                return terminal.Refuse($"{file} is no command; to run a feature: phaseflow run {file}");
            }

            return terminal.Refuse(WhyRefused(parsed));
        }

        try
        {
            // Signals are the commands' own: a run says what goes on before it ends.
            return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
        }
        catch (HostStartException refusal)
        {
            return terminal.Refuse(refusal.Message);
        }
        catch (Exception fault)
        {
            terminal.Error.WriteLine(fault);
            return ExitCodes.CannotRun;
        }
    }

    /// <summary>What is wrong with a command line: one thing, with what would be right.</summary>
    private static string WhyRefused(ParseResult parsed)
    {
        Command command = parsed.CommandResult.Command;
        Option[] options = [.. command.Options.Concat(parsed.RootCommandResult.Command.Options)];
        // An option that is not known may have been taken for a file, and the file for what is not known.
        string? unknown = parsed.Tokens.Select(t => t.Value).FirstOrDefault(v => v is ['-', _, ..] && parsed.UnmatchedTokens.Count > 0 && !options.Any(o => o.Name == v || o.Aliases.Contains(v)))
            ?? (parsed.UnmatchedTokens is [{ } first, ..] ? first : null);
        if (unknown is not null)
        {
            IEnumerable<string> known = unknown.StartsWith('-')
                ? options.SelectMany(o => o.Aliases.Append(o.Name))
                : command.Subcommands.Select(c => c.Name);
            string? near = known.Where(k => Spelling.Distance(k, unknown) <= 2).MinBy(k => Spelling.Distance(k, unknown));
            return $"{unknown} is not known here{(near is null ? "" : $"; the nearest is {near}")}. See {command.Name} --help.";
        }

        return command.Arguments.FirstOrDefault(a => parsed.GetResult(a) is null or { Tokens.Count: 0 }) is { } missing
            ? $"{command.Name} needs {missing.Name}: phaseflow {command.Name} {missing.Name}. See {command.Name} --help."
            : parsed.Errors[0].Message;
    }

    private static Command Build(Terminal terminal)
    {
        var common = new CommonOptions();
        var serve = new ServeCommand(common, terminal);

        // No RootCommand, which is named after its file: usage shows the name that people know.
        var root = new Command("phaseflow", "PhaseFlow runs multi-phase AI developer workflows durably, and never more agents at a time than there are slots.")
        {
            new HelpOption(),
            new VersionOption(),
        };
        common.AddTo(root);
        serve.AddTo(root);
        root.Subcommands.Add(serve.ToCommand());
        root.Subcommands.Add(new RunCommand(common, terminal).ToCommand());
        foreach (HelpOption help in root.Options.OfType<HelpOption>())
        {
            help.Action = new HelpWithExamples((HelpAction)help.Action!, terminal);
        }

        return root;
    }

    private sealed class HelpWithExamples(HelpAction inner, Terminal terminal) : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            int result = inner.Invoke(parseResult);
            terminal.Out.WriteLine(Examples);
            return result;
        }
    }
}
