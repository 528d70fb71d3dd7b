using FsCheck;
using FsCheck.Fluent;
using PhaseFlow.Core.Plans;
using Xunit;

namespace PhaseFlow.Core.Tests.Plans;

public sealed class PhaseDurationTests
{
    [Theory]
    [InlineData("30s", 30)]
    [InlineData("15m", 900)]
    [InlineData("2h", 7200)]
    [InlineData("1.5h", 5400)]
    [InlineData("0s", 0)]
    [InlineData("0.25s", 0.25)]
    [InlineData("090m", 5400)]
    public void TryParse_WhenANumberHasAUnit_ReadsIt(string text, double seconds)
    {
        Assert.True(PhaseDuration.TryParse(text, out TimeSpan duration));
        Assert.Equal(TimeSpan.FromSeconds(seconds), duration);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("s")]
    [InlineData("30")]
    [InlineData("30d")]
    [InlineData("30ms")]
    [InlineData("30S")]
    [InlineData("-30s")]
    [InlineData("+30s")]
    [InlineData(" 30s")]
    [InlineData("30 s")]
    [InlineData("1e3s")]
    [InlineData("1,5h")]
    [InlineData(".5h")]
    [InlineData("5.h")]
    [InlineData("1h30m")]
    [InlineData("٣s")]
    [InlineData("256204779h")]
    [InlineData("9999999999999999999999999999h")]
    [InlineData("00000000000000000000000000000000000000000001s")]
    public void TryParse_WhenTheTextIsAnythingElse_RefusesIt(string? text) =>
        Assert.False(PhaseDuration.TryParse(text, out _));

    [Theory]
    [InlineData(0, "0s")]
    [InlineData(30, "30s")]
    [InlineData(90, "90s")]
    [InlineData(900, "15m")]
    [InlineData(5400, "90m")]
    [InlineData(172_800, "48h")]
    [InlineData(0.25, "0.25s")]
    public void Format_WhenADurationIsPrinted_UsesTheLargestWholeUnit(double seconds, string text) =>
        Assert.Equal(text, PhaseDuration.Format(TimeSpan.FromSeconds(seconds)));

    [Fact]
    public void Format_WhenTheDurationIsNegative_Throws() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => PhaseDuration.Format(TimeSpan.FromTicks(-1)));

    [Fact]
    public void TryParse_WhenAnyDurationWasPrinted_ReadsTheSameBack()
    {
        long[] units = [1, TimeSpan.TicksPerMillisecond, TimeSpan.TicksPerSecond, TimeSpan.TicksPerMinute, TimeSpan.TicksPerHour];
        Gen<TimeSpan> durations =
            from count in Gen.Choose(0, int.MaxValue)
            from unit in Gen.Elements(units)
            select TimeSpan.FromTicks((long)Math.Min((decimal)count * unit, long.MaxValue));

        Check.One(Config.QuickThrowOnFailure.WithMaxTest(1000), Prop.ForAll(Arb.From(durations), AssertRoundTrip));
        AssertRoundTrip(TimeSpan.MaxValue);

        static void AssertRoundTrip(TimeSpan duration)
        {
            Assert.True(PhaseDuration.TryParse(PhaseDuration.Format(duration), out TimeSpan read));
            Assert.Equal(duration, read);
        }
    }
}
