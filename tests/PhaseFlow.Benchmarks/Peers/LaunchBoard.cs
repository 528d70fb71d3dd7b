using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace PhaseFlow.Benchmarks.Peers;

/// <summary>Where every system posts its launches: notes the moment, and checks that each is launched once and that no more are at work than may be.</summary>
internal sealed class LaunchBoard : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<string, Channel<Launch>> _features = new();
    private readonly ConcurrentDictionary<(string Feature, int Phase, int Attempt), bool> _launched = new();
    private readonly ConcurrentQueue<string> _faults = new();
    private IPeer? _peer;
    private int _capacity;
    private int _live;

    private LaunchBoard(WebApplication app) => _app = app;

    public Uri Url => new(new Uri(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()), "/launch");

    public IReadOnlyCollection<string> Faults => _faults;

    public int Launches => _launched.Count;

    public static async Task<LaunchBoard> StartAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        var board = new LaunchBoard(builder.Build());
        board._app.Run(board.ReceiveAsync);
        await board._app.StartAsync();
        return board;
    }

    /// <summary>Forgets what was, and expects the launches of one peer.</summary>
    public void Expect(IPeer peer, int capacity)
    {
        _peer = peer;
        _capacity = capacity;
        _features.Clear();
        _launched.Clear();
        _faults.Clear();
        _live = 0;
    }

    public ChannelReader<Launch> Of(string feature) => Channel(feature).Reader;

    /// <summary>Called just before a completion is sent: from then on the phase is not at work.</summary>
    public void Ending() => Interlocked.Decrement(ref _live);

    public void Fault(string what) => _faults.Enqueue(what);

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task ReceiveAsync(HttpContext context)
    {
        long at = Stopwatch.GetTimestamp();
        using JsonDocument json = await JsonDocument.ParseAsync(context.Request.Body);
        Launch launch = _peer!.Read(json.RootElement, at);
        if (!_launched.TryAdd((launch.Feature, launch.Phase, launch.Attempt), true))
        {
            Fault($"phase {launch.Phase} of {launch.Feature} was launched twice");
        }

        if (Interlocked.Increment(ref _live) > _capacity)
        {
            Fault($"phase {launch.Phase} of {launch.Feature} was launched beyond the cap of {_capacity}");
        }

        context.Response.StatusCode = StatusCodes.Status204NoContent;
        Channel(launch.Feature).Writer.TryWrite(launch);
    }

    private Channel<Launch> Channel(string feature) => _features.GetOrAdd(feature, _ => System.Threading.Channels.Channel.CreateUnbounded<Launch>());
}
