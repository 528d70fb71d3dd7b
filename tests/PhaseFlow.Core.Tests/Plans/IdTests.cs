using FsCheck;
using FsCheck.Fluent;
using PhaseFlow.Core.Plans;
using Xunit;

namespace PhaseFlow.Core.Tests.Plans;

public sealed class IdTests
{
    [Fact]
    public void TryParse_WhenAQueueIdWasPrinted_ReadsItsNumbersBack() =>
        Check.One(Config.QuickThrowOnFailure, Prop.ForAll(
            Arb.From(Gen.Choose(1, int.MaxValue)),
            Arb.From(Gen.Choose(1, int.MaxValue)),
            (feature, phase) =>
            {
                Assert.True(QueueId.TryParse(QueueId.Format(feature, phase), out int readFeature, out int readPhase));
                Assert.Equal((feature, phase), (readFeature, readPhase));
            }));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("queue-")]
    [InlineData("queue-1")]
    [InlineData("queue-1-")]
    [InlineData("queue--1-2")]
    [InlineData("queue-0-1")]
    [InlineData("queue-1-0")]
    [InlineData("queue-01-2")]
    [InlineData("queue-1-02")]
    [InlineData("queue-+1-2")]
    [InlineData("queue-1-2-3")]
    [InlineData("queue-1-2 ")]
    [InlineData("queue- 1-2")]
    [InlineData("Queue-1-2")]
    [InlineData("queue-1-2147483648")]
    [InlineData("queue-1-٢")]
    [InlineData("queue-1000000000000000000000000000-1")]
    public void TryParse_WhenAQueueIdIsNotCanonical_RefusesIt(string? text)
    {
        Assert.False(QueueId.TryParse(text, out int feature, out int phase));
        Assert.Equal((0, 0), (feature, phase));
    }

    [Fact]
    public void Format_WhenNumbersAreGiven_PrintsThem() => Assert.Equal("queue-104-2", QueueId.Format(104, 2));

    [Fact]
    public void Format_WhenANumberIsNotPositive_Throws()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => QueueId.Format(0, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => QueueId.Format(1, -1));
    }

    // sha256("104:2:1") and sha256("104:2:2"): written down, so that a change of the formula is seen.
    [Theory]
    [InlineData(1, "adw-74991998")]
    [InlineData(2, "adw-2a4daf03")]
    public void Of_WhenTheAttemptIsTheSame_IsTheSameForEver(int attempt, string id) => Assert.Equal(id, AdwId.Of(104, 2, attempt));

    [Fact]
    public void Of_WhenTheAttemptIsAnother_IsAnother()
    {
        string[] ids = [.. from f in Enumerable.Range(1, 10) from p in Enumerable.Range(1, 10) from a in Enumerable.Range(1, 10) select AdwId.Of(f, p, a)];

        Assert.Equal(ids.Length, ids.Distinct().Count());
        Assert.All(ids, id => Assert.Matches("^adw-[0-9a-f]{8}$", id));
    }

    [Fact]
    public void Of_WhenANumberIsNotPositive_Throws()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => AdwId.Of(0, 1, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => AdwId.Of(1, 0, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => AdwId.Of(1, 1, 0));
    }
}
