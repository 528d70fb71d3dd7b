using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;

namespace Microsoft.Azure.Functions.Worker;

/// <summary>The function runs on a schedule; the parameter is a <see cref="TimerInfo"/>.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class TimerTriggerAttribute : TriggerBindingAttribute
{
    public TimerTriggerAttribute(string schedule) => Schedule = schedule;

    /// <summary>A cron expression with seconds, an interval, or <c>%Setting%</c>.</summary>
    public string Schedule { get; }

    public bool RunOnStartup { get; set; }

    public bool UseMonitor { get; set; }
}

/// <summary>What a function on a schedule is told.</summary>
public class TimerInfo
{
    public ScheduleStatus? ScheduleStatus { get; set; }

    public bool IsPastDue { get; set; }
}

/// <summary>When a function on a schedule ran last and runs next.</summary>
public class ScheduleStatus
{
    public DateTime Last { get; set; }

    public DateTime Next { get; set; }

    public DateTime LastUpdated { get; set; }
}
