using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PhaseFlow.Embedded.Engine.Catalog;

namespace PhaseFlow.Embedded.Hosting;

/// <summary>Runs the timer functions of the app on their schedules, each never twice at once: what takes longer than its interval skips a turn.</summary>
internal sealed partial class TimerFunctions(
    FunctionCatalog catalog, IServiceProvider services, IConfiguration configuration, TimeProvider time, ILogger<TimerFunctions> log) : BackgroundService
{
    // What one timer can be armed for; a longer wait is taken in parts.
    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(1);

    private (TimerFunction Function, TimerSchedule Schedule)[] _schedules = [];

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        // Read now, so that a schedule that cannot be read keeps the host from starting.
        _schedules = [.. catalog.Timers.Select(t => (t, ScheduleOf(t)))];
        return base.StartAsync(cancellationToken);
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(_schedules.Select(s => RunAsync(s.Function, s.Schedule, stoppingToken)));

    private async Task RunAsync(TimerFunction function, TimerSchedule schedule, CancellationToken stopping)
    {
        try
        {
            if (function.RunOnStartup)
            {
                await InvokeAsync(function, stopping);
            }

            while (true)
            {
                await WaitForTurnAsync(schedule, stopping);
                await InvokeAsync(function, stopping);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The host stops.
        }
    }

    private async Task WaitForTurnAsync(TimerSchedule schedule, CancellationToken stopping)
    {
        DateTimeOffset now = time.GetUtcNow();
        DateTimeOffset moment = schedule.Next(now);
        while (moment > now)
        {
            DateTimeOffset before = now;
            TimeSpan left = moment - now;
            await Task.Delay(left < LongestWait ? left : LongestWait, time, stopping);
            now = time.GetUtcNow();
            if (now < before)
            {
                // The clock was set back: what was to come in a minute would come in a minute and as long as it had been ahead.
                moment = schedule.Next(now);
            }
        }
    }

    private async Task InvokeAsync(TimerFunction function, CancellationToken stopping)
    {
        try
        {
            await function.InvokeAsync(services, new TimerInfo(), stopping);
        }
        catch (Exception fault) when (!stopping.IsCancellationRequested)
        {
            TimerFailed(log, function.Name, fault);
        }
    }

    private TimerSchedule ScheduleOf(TimerFunction function)
    {
        string text = function.Schedule;
        if (text.Length > 2 && text[0] == '%' && text[^1] == '%')
        {
            // As the Functions host does: an expression names its setting with colons, for one with __ it would find nothing.
            string setting = text[1..^1];
            text = configuration[setting]
                ?? throw new HostStartException($"The timer {function.Name} needs the setting {setting.Replace(":", "__", StringComparison.Ordinal)}.");
        }

        return TimerSchedule.Parse(text)
            ?? throw new HostStartException($"The timer {function.Name} cannot read the schedule \"{text}\": give an interval such as 00:01:00, 30s or 5m.");
    }

    [LoggerMessage(1501, LogLevel.Error, "The timer {Name} failed; it runs again at its next turn")]
    private static partial void TimerFailed(ILogger log, string name, Exception fault);
}
