using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace PhaseFlow.Functions.Telemetry;

/// <summary>One span that is over.</summary>
/// <param name="Name">The kind of what ended.</param>
/// <param name="Trace">Its trace.</param>
/// <param name="Id">Its own id.</param>
/// <param name="Parent">The span that it belongs to; null for the root.</param>
/// <param name="Start">When it began.</param>
/// <param name="End">When it ended.</param>
internal sealed record EndedSpan(string Name, string Trace, string Id, string? Parent, DateTimeOffset Start, DateTimeOffset End)
{
    /// <summary>Whether it ended well; null where nobody can say.</summary>
    public bool? Succeeded { get; init; }

    public string? Error { get; init; }

    public IReadOnlyList<KeyValuePair<string, object?>> Tags { get; init; } = [];
}

/// <summary>Tells listeners of spans after they are over, under ids that were known before they began.</summary>
internal static class RunSpans
{
    private static readonly ActivitySource Source = new(TelemetryNames.Source);

    /// <summary>Whether anybody listens.</summary>
    public static bool IsOn => Source.HasListeners();

    public static void Tell(EndedSpan span)
    {
        var parent = new ActivityContext(
            ActivityTraceId.CreateFromString(span.Trace),
            span.Parent is null ? default : ActivitySpanId.CreateFromString(span.Parent),
            ActivityTraceFlags.Recorded,
            isRemote: true);

        // The activity of whatever runs here is no part of the trace; a root would take it for its parent.
        Activity? current = Activity.Current;
        Activity.Current = null;
        try
        {
            using Activity? activity = Source.StartActivity(span.Name, ActivityKind.Internal, parent, span.Tags, links: null, span.Start);
            if (activity is null)
            {
                return;
            }

            SpanIdOf(activity) = span.Id;
            IdOf(activity) = null;
            if (span.Succeeded is { } succeeded)
            {
                activity.SetStatus(succeeded ? ActivityStatusCode.Ok : ActivityStatusCode.Error, succeeded ? null : span.Error);
            }

            activity.SetEndTime((span.End < span.Start ? span.Start : span.End).UtcDateTime);
        }
        finally
        {
            Activity.Current = current;
        }
    }

    // An activity makes its id up as it starts, and there is no other way to give it one. Durable Task itself does the same, for the same reason.
    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_spanId")]
    private static extern ref string? SpanIdOf(Activity activity);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_id")]
    private static extern ref string? IdOf(Activity activity);
}
