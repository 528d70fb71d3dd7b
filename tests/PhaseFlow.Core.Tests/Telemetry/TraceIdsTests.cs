using System.Diagnostics;
using PhaseFlow.Core.Telemetry;
using Xunit;

namespace PhaseFlow.Core.Tests.Telemetry;

public sealed class TraceIdsTests
{
    private static readonly TraceIds Ids = new([.. Enumerable.Range(0, 32).Select(i => (byte)i)]);

    [Fact]
    public void Ids_WheneverTheyAreDerived_AreTheSame()
    {
        var again = new TraceIds([.. Enumerable.Range(0, 32).Select(i => (byte)i)]);

        Assert.Equal((Ids.Trace(104), Ids.Span(104), Ids.Span(104, 2), Ids.Span(104, 2, 1)), (again.Trace(104), again.Span(104), again.Span(104, 2), again.Span(104, 2, 1)));
    }

    [Fact]
    public void Ids_WhenAnythingDiffers_Differ()
    {
        var other = new TraceIds(new byte[32]);
        string[] ids =
        [
            Ids.Trace(1), Ids.Trace(2), other.Trace(1), Ids.Span(1), Ids.Span(11), Ids.Span(1, 1), Ids.Span(1, 2), Ids.Span(2, 1), Ids.Span(1, 1, 1), Ids.Span(1, 1, 2), Ids.Span(11, 1),
            other.Span(1), Ids.SpanAgain(1, 1), Ids.SpanAgain(1, 2), Ids.SpanAgain(1, 1, 1), Ids.SpanAgain(1, 1, 2),
        ];

        Assert.Equal(ids.Length, ids.Distinct().Count());
    }

    [Fact]
    public void Parent_WhenAnAgentReadsIt_NamesTheAttempt()
    {
        Assert.True(ActivityContext.TryParse(Ids.Parent(104, 2, 1), null, out ActivityContext context));

        Assert.Equal((Ids.Trace(104), Ids.Span(104, 2, 1)), (context.TraceId.ToHexString(), context.SpanId.ToHexString()));
        Assert.Equal(ActivityTraceFlags.Recorded, context.TraceFlags);
    }
}
