using Microsoft.DurableTask;
using Microsoft.Extensions.Logging;
using PhaseFlow.Embedded.Engine.Catalog;
using PhaseFlow.Embedded.Engine.Orchestrations;
using PhaseFlow.Embedded.Engine.Persistence;

namespace PhaseFlow.Embedded.Engine.Activities;

/// <summary>Runs activities, a bounded number at once, and posts their results.</summary>
/// <remarks>When the engine stops, what is running gets its token cancelled; what has no result then runs again at the next start.</remarks>
internal sealed partial class ActivityRunner(
    FunctionCatalog catalog,
    IServiceProvider services,
    DataConverter converter,
    int limit,
    Action<EngineMessage> post,
    ILogger log) : IDisposable
{
    private readonly object _gate = new();
    private readonly Queue<ActivityRow> _waiting = new();
    private readonly CancellationTokenSource _stopping = new();
    private int _running;

    /// <summary>Starts an activity, now or when one of those at work has ended.</summary>
    /// <param name="activity">The activity.</param>
    /// <param name="here">Whether it begins on the calling thread: for one that soon waits, which a change of threads would only keep from it.</param>
    public void Start(ActivityRow activity, bool here)
    {
        lock (_gate)
        {
            if (_stopping.IsCancellationRequested)
            {
                return; // it runs at the next start
            }

            if (_running == limit)
            {
                _waiting.Enqueue(activity);
                return;
            }

            _running++;
        }

        if (here)
        {
            _ = WorkFrom(activity);
            return;
        }

        ThreadPool.UnsafeQueueUserWorkItem(static s => _ = s.Self.Work(s.First), (Self: this, First: activity), preferLocal: false);
    }

    public void Stop()
    {
        lock (_gate)
        {
            _waiting.Clear();
        }

        _stopping.Cancel();
    }

    public void Dispose() => _stopping.Dispose();

    private async Task WorkFrom(ActivityRow first)
    {
        Task running = Run(first);
        if (running.IsCompleted)
        {
            await Task.Yield(); // what comes next may be of any kind, and is not for the caller's thread
        }

        await running;
        if (Next() is { } next)
        {
            await Work(next);
        }
    }

    private async Task Work(ActivityRow first)
    {
        for (ActivityRow? next = first; next is not null; next = Next())
        {
            await Run(next);
        }
    }

    private async Task Run(ActivityRow activity)
    {
        MessageKind kind = MessageKind.ActivityCompleted;
        string? payload;
        try
        {
            payload = catalog.Activities.TryGetValue(activity.Name, out ActivityFunction? function)
                ? await function.RunAsync(activity.Instance, activity.Input, converter, services, _stopping.Token)
                : throw new KeyNotFoundException(Rejections.UnknownFunctionMessage(activity.Name, "activity", catalog.Activities.Keys));
        }
        catch (Exception) when (_stopping.IsCancellationRequested)
        {
            return; // it runs again
        }
        catch (Exception e)
        {
            LogActivityFailed(log, activity.Name, activity.TaskId, activity.Instance, e);
            kind = MessageKind.ActivityFailed;
            payload = Failures.OfActivity(e);
        }

        post(new EngineMessage(kind, activity.Instance) { RowId = activity.Id, Payload = payload });
    }

    private ActivityRow? Next()
    {
        lock (_gate)
        {
            if (_waiting.TryDequeue(out ActivityRow? next))
            {
                return next;
            }

            _running--;
            return null;
        }
    }

    [LoggerMessage(1610, LogLevel.Warning, "The activity {Name} (#{TaskId}) of {InstanceId} has failed.")]
    private static partial void LogActivityFailed(ILogger log, string name, int taskId, string instanceId, Exception error);
}
