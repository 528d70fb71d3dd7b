using System.Diagnostics;
using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace PhaseFlow.Embedded.Hosting;

/// <summary>The durable boundaries of this process, numbered as they are passed, so that a test can make it die at any one of them.</summary>
/// <remarks>
/// <c>PHASEFLOW_CRASH_AT=n</c> ends the process with SIGKILL at the n-th point; <c>PHASEFLOW_CRASH_LOG=file</c> gets a line <c>n name</c> for
/// each point passed. Without either a point costs a comparison with null.
/// </remarks>
internal static class CrashPoints
{
    public const string AtVariable = "PHASEFLOW_CRASH_AT";
    public const string LogVariable = "PHASEFLOW_CRASH_LOG";

    private static readonly Counter? Points = Counter.FromEnvironment();

    public static bool IsOn => Points is not null;

    /// <summary>Passes a point, and does not return from the one to die at.</summary>
    public static void Pass(string point) => Points?.Pass(point);

    /// <inheritdoc cref="Pass(string)"/>
    public static void Pass(string point, string what) => Points?.Pass($"{point} {what}");

    /// <summary>Makes a point before and after each answer to a request that changes something. To die at a read is to die between two other points.</summary>
    public static Task AnswerAsync(HttpContext context, RequestDelegate next)
    {
        if (!HttpMethods.IsGet(context.Request.Method))
        {
            context.Response.OnStarting(Passing, "answer");
            context.Response.OnCompleted(Passing, "answered");
        }

        return next(context);
    }

    private static Task Passing(object point)
    {
        Pass((string)point);
        return Task.CompletedTask;
    }

    private sealed class Counter(int? at, FileStream? log)
    {
        private readonly Lock _gate = new();
        private int _passed;

        public static Counter? FromEnvironment()
        {
            int? at = int.TryParse(Environment.GetEnvironmentVariable(AtVariable), NumberStyles.None, CultureInfo.InvariantCulture, out int n) ? n : null;
            string? path = Environment.GetEnvironmentVariable(LogVariable);
            return at is null && string.IsNullOrEmpty(path)
                ? null
                : new Counter(at, string.IsNullOrEmpty(path) ? null : new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0));
        }

        public void Pass(string point)
        {
            // Held to the end: no other thread may pass a point after the one to die at.
            lock (_gate)
            {
                _passed++;
                log?.Write(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{_passed} {point}\n")));
                if (_passed == at)
                {
                    using var self = Process.GetCurrentProcess();
                    self.Kill();
                    // The signal is on its way: nothing after this point may happen before it arrives.
                    Thread.Sleep(Timeout.Infinite);
                }
            }
        }
    }
}
