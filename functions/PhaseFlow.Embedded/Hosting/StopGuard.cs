using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;

namespace PhaseFlow.Embedded.Hosting;

/// <summary>Ends the requests that are still under way a moment after the host was told to stop.</summary>
/// <remarks>A server that stops no longer notices a body that does not come: it would wait for it as long as for all of the stop.</remarks>
internal sealed class StopGuard : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private readonly CancellationTokenSource _ended = new();
    private readonly CancellationTokenRegistration _stopping;

    public StopGuard(IHostApplicationLifetime lifetime) => _stopping = lifetime.ApplicationStopping.Register(() => _ended.CancelAfter(Patience));

    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        await using CancellationTokenRegistration end = _ended.Token.UnsafeRegister(static request => ((HttpContext)request!).Abort(), context);
        await next(context);
    }

    public void Dispose()
    {
        _stopping.Dispose();
        _ended.Dispose();
    }
}
