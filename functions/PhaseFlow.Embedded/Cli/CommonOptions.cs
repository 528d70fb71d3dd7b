using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Net;
using Microsoft.Extensions.Logging;
using PhaseFlow.Embedded.Hosting;

namespace PhaseFlow.Embedded.Cli;

/// <summary>The options that every command understands.</summary>
internal sealed class CommonOptions
{
    private const string DefaultSettingsFile = "phaseflow.json";
    private const string DefaultDataFolder = "./.phaseflow";

    private readonly Option<string> _data = new("--data")
    {
        Description = "The folder that holds everything: database, workspaces and output of agents.",
        HelpName = "DIR",
        DefaultValueFactory = _ => DefaultDataFolder,
        Recursive = true,
    };

    private readonly Option<int?> _port = new("--port")
    {
        Description = "The port to listen on; 0 takes a free one, the one used last in the data folder where it is free. [default: serve: 7071; run: the one used last in the data folder, else 7071, else a free one]",
        HelpName = "N",
        CustomParser = ReadPort,
        Recursive = true,
    };

    private readonly Option<string?> _settings = new("--settings")
    {
        Description = "A JSON file with settings. [default: ./phaseflow.json where there is one]",
        HelpName = "FILE",
        Recursive = true,
    };

    private readonly Option<LogLevel> _log = new("--log")
    {
        Description = "The least level that is logged, to standard error: trace, debug, information, warning, error, critical or none.",
        HelpName = "LEVEL",
        DefaultValueFactory = _ => LogLevel.Warning,
        CustomParser = ReadLevel,
        Recursive = true,
    };

    private readonly Option<bool> _replayAlways = new("--replay-always")
    {
        Description = "Replay each orchestration at every step: slower, and finds code that is not deterministic.",
        Recursive = true,
    };

    public void AddTo(Command root)
    {
        root.Options.Add(_data);
        root.Options.Add(_port);
        root.Options.Add(_settings);
        root.Options.Add(_log);
        root.Options.Add(_replayAlways);
    }

    /// <summary>What the host starts with.</summary>
    /// <exception cref="HostStartException">A settings file was named that is not there.</exception>
    public HostSettings Read(ParseResult parsed)
    {
        string? settings = parsed.GetValue(_settings);
        if (settings is not null && !File.Exists(settings))
        {
            throw new HostStartException($"{settings}: there is no such settings file");
        }

        if (string.IsNullOrWhiteSpace(parsed.GetValue(_data)))
        {
            throw new HostStartException("--data needs the name of a folder");
        }

        return new HostSettings
        {
            DataFolder = parsed.GetValue(_data)!,
            Port = parsed.GetValue(_port),
            SettingsFile = settings ?? (File.Exists(DefaultSettingsFile) ? DefaultSettingsFile : null),
            LogLevel = parsed.GetValue(_log),
            ReplayAlways = parsed.GetValue(_replayAlways),
        };
    }

    /// <summary>The command that runs a file with the same data and settings, as a shell takes it.</summary>
    public static string CommandFor(string path, HostSettings settings)
    {
        List<string> words = [.. ProgramName.Words().Select(Quote), "run", Quote(path)];
        if (settings.DataFolder != DefaultDataFolder)
        {
            words.AddRange(["--data", Quote(settings.DataFolder)]);
        }

        if (settings.SettingsFile is { } file && file != DefaultSettingsFile)
        {
            words.AddRange(["--settings", Quote(file)]);
        }

        return string.Join(' ', words);
    }

    private static string Quote(string word) =>
        word.Length > 0 && word.All(c => char.IsLetterOrDigit(c) || c is '/' or '.' or '-' or '_' or ':' or '\\') ? word : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    private static int? ReadPort(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int port) && port <= IPEndPoint.MaxPort)
        {
            return port;
        }

        result.AddError($"--port {text}: a port is a number from 0 to 65535");
        return null;
    }

    private static LogLevel ReadLevel(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        if (Enum.TryParse(text, ignoreCase: true, out LogLevel level) && char.IsAsciiLetter(text[0]))
        {
            return level;
        }

        result.AddError($"--log {text}: a level is trace, debug, information, warning, error, critical or none");
        return LogLevel.Warning;
    }
}
