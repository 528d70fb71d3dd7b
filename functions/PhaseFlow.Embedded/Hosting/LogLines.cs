using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;

namespace PhaseFlow.Embedded.Hosting;

/// <summary>How log entries are written.</summary>
internal sealed class LogLinesOptions : ConsoleFormatterOptions
{
    /// <summary>Whether every exception is written with its stack, not only that of an error.</summary>
    public bool WithTraces { get; set; }
}

/// <summary>
/// One line for each entry. A warning says what has failed and why, by the messages of its exception and of those within; what nobody expects, an error, has the
/// stack too.
/// </summary>
internal sealed class LogLines(IOptionsMonitor<LogLinesOptions> options) : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "phaseflow";

    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        string text = $"{Word(logEntry.LogLevel)}: {logEntry.Category}[{logEntry.EventId.Id}] {logEntry.Formatter(logEntry.State, logEntry.Exception)}";
        if (logEntry.Exception is { } fault)
        {
            text += $" {(options.CurrentValue.WithTraces || logEntry.LogLevel >= LogLevel.Error ? fault.ToString() : Chain(fault))}";
        }

        textWriter.WriteLine(text.ReplaceLineEndings(" "));
    }

    private static string Chain(Exception fault)
    {
        string text = $"{fault.GetType().Name}: {fault.Message}";
        return fault.InnerException is { } inner ? $"{text} ({Chain(inner)})" : text;
    }

    private static string Word(LogLevel level) => level switch
    {
        LogLevel.Trace => "trce",
        LogLevel.Debug => "dbug",
        LogLevel.Information => "info",
        LogLevel.Warning => "warn",
        LogLevel.Error => "fail",
        _ => "crit",
    };
}
