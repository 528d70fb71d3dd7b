using System.Globalization;
using PhaseFlow.Embedded.Hosting;

namespace PhaseFlow.Functions.Tests.Hosting;

public sealed class TimerScheduleTests
{
    [Theory]
    [InlineData("00:01:00", "12:34:56", "12:35:56")]
    [InlineData("30s", "12:34:56", "12:35:26")]
    [InlineData("5m", "12:34:56", "12:39:56")]
    [InlineData("1h", "12:34:56", "13:34:56")]
    [InlineData("0 * * * * *", "12:34:56", "12:35:00")]
    [InlineData("0 * * * * *", "12:35:00", "12:36:00")]
    [InlineData("0 */5 * * * *", "12:34:56", "12:35:00")]
    [InlineData("0 */5 * * * *", "12:56:00", "13:00:00")]
    [InlineData("*/15 * * * * *", "12:34:56", "12:35:00")]
    [InlineData("*/15 * * * * *", "12:35:00", "12:35:15")]
    [InlineData("* * * * * *", "12:35:00", "12:35:01")]
    public void Next_WhenAskedAfterAMoment_IsTheNextTurn(string schedule, string after, string expected) =>
        Assert.Equal(At(expected), TimerSchedule.Parse(schedule)!.Next(At(after)));

    [Theory]
    [InlineData("")]
    [InlineData("soon")]
    [InlineData("00:00:00")]
    [InlineData("0s")]
    [InlineData("* * * * *")]
    [InlineData("0 0 3 * * *")]
    [InlineData("*/0 * * * * *")]
    [InlineData("0 */60 * * * *")]
    public void Parse_WhenItIsNoneOfTheForms_IsNull(string schedule) => Assert.Null(TimerSchedule.Parse(schedule));

    private static DateTimeOffset At(string time) => DateTimeOffset.Parse($"2026-03-01T{time}Z", CultureInfo.InvariantCulture);
}
