using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using PhaseFlow.Embedded.Hosting;

namespace PhaseFlow.Functions.Tests.Hosting;

public sealed class LogLinesTests
{
    [Theory]
    [InlineData(LogLevel.Warning, false, false)]
    [InlineData(LogLevel.Warning, true, true)]
    [InlineData(LogLevel.Error, false, true)]
    public void Write_WhenThereIsAnException_HasItsStackWhereNobodyExpectedItOrSomebodyLooks(LogLevel level, bool withTraces, bool hasStack)
    {
        string line = LineOf(level, withTraces);

        Assert.Equal(1, line.Count(c => c == '\n'));
        Assert.Equal(hasStack, line.Contains($"at {typeof(LogLinesTests).FullName}", StringComparison.Ordinal));
        Assert.Contains("Connection refused", line, StringComparison.Ordinal);
    }

    [Fact]
    public void Write_WhenAWarningHasAnException_SaysWhyInAFewWords() => Assert.Equal(
        $"warn: Engine[1610] The activity has failed. InvalidOperationException: It did not answer. (IOException: Connection refused){Environment.NewLine}",
        LineOf(LogLevel.Warning, withTraces: false));

    private static string LineOf(LogLevel level, bool withTraces)
    {
        Exception fault = Assert.Throws<InvalidOperationException>(Fail);
        using ServiceProvider services = new ServiceCollection().Configure<LogLinesOptions>(o => o.WithTraces = withTraces).BuildServiceProvider();
        using var text = new StringWriter();
        new LogLines(services.GetRequiredService<IOptionsMonitor<LogLinesOptions>>()).Write(
            new LogEntry<string>(level, "Engine", new EventId(1610), "The activity\nhas failed.", fault, (state, _) => state), null, text);
        return text.ToString();
    }

    private static void Fail() => throw new InvalidOperationException("It did not answer.", new IOException("Connection refused"));
}
