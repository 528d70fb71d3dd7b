using System.Threading.Channels;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using PhaseFlow.Embedded.Engine.Catalog;
using PhaseFlow.Embedded.Hosting;

namespace PhaseFlow.Functions.Tests.Hosting;

public sealed class TimerFunctionsTests
{
    private static readonly TimeSpan Generous = TimeSpan.FromMinutes(2);

    private readonly WatchedTime _time = new();
    private readonly Turns _turns = new();

    [Fact]
    public async Task Timer_WhenItsIntervalPasses_RunsEachTime()
    {
        using TimerFunctions timers = Timers<Ticking>("00:01:00");
        await timers.StartAsync(CancellationToken.None);

        for (int turn = 1; turn <= 3; turn++)
        {
            await TakeATurnAsync();
        }

        await timers.StopAsync(CancellationToken.None);
        Assert.Equal(3, _turns.Count);
    }

    [Fact]
    public async Task Timer_WhenTheClockIsSetBack_GoesOnByTheNewOne()
    {
        using TimerFunctions timers = Timers<Ticking>("00:01:00");
        await timers.StartAsync(CancellationToken.None);
        await _time.ArmedAsync().WaitAsync(Generous);

        _time.SetBack(TimeSpan.FromDays(365));
        _time.Advance(TimeSpan.FromMinutes(1));
        await TakeATurnAsync();

        await timers.StopAsync(CancellationToken.None);
        Assert.Equal(1, _turns.Count);
    }

    [Fact]
    public async Task Timer_WhenATurnFails_RunsAgainAtTheNext()
    {
        _turns.Fails = true;
        using TimerFunctions timers = Timers<Ticking>("1m");
        await timers.StartAsync(CancellationToken.None);

        await TakeATurnAsync();
        await TakeATurnAsync();

        await timers.StopAsync(CancellationToken.None);
        Assert.Equal(2, _turns.Count);
    }

    [Fact]
    public async Task Timer_WhenATurnLasts_IsNotStartedASecondTime()
    {
        _turns.Held = new TaskCompletionSource();
        using TimerFunctions timers = Timers<Ticking>("1m");
        await timers.StartAsync(CancellationToken.None);
        await TakeATurnAsync();

        for (int i = 0; i < 5; i++)
        {
            _time.Advance(TimeSpan.FromMinutes(1));
        }

        Assert.Equal(1, _turns.Count);
        _turns.Held.SetResult();
        await TakeATurnAsync();
        await timers.StopAsync(CancellationToken.None);
        Assert.Equal(2, _turns.Count);
    }

    [Theory]
    [InlineData(null, "The timer Ticking needs the setting Tick__Interval.")]
    [InlineData("soon", "The timer Ticking cannot read the schedule \"soon\": give an interval such as 00:01:00, 30s or 5m.")]
    public async Task Start_WhenTheScheduleCannotBeRead_SaysSoInOneLine(string? interval, string message)
    {
        using TimerFunctions timers = Timers<Ticking>(interval);

        HostStartException fault = await Assert.ThrowsAsync<HostStartException>(() => timers.StartAsync(CancellationToken.None));

        Assert.Equal(message, fault.Message);
    }

    [Fact]
    public async Task Start_WhenTheExpressionIsNotAsTheFunctionsHostResolvesIt_IsRefused()
    {
        using TimerFunctions timers = Timers<Misnamed>("1m");

        await Assert.ThrowsAsync<HostStartException>(() => timers.StartAsync(CancellationToken.None));
    }

    private TimerFunctions Timers<T>(string? interval) => new(
        FunctionCatalog.From(typeof(T)),
        new ServiceCollection().AddSingleton(_turns).BuildServiceProvider(),
        new ConfigurationBuilder().AddInMemoryCollection([new("Tick:Interval", interval)]).Build(),
        _time,
        NullLogger<TimerFunctions>.Instance);

    private async Task TakeATurnAsync()
    {
        await _time.ArmedAsync().WaitAsync(Generous);
        _time.Advance(TimeSpan.FromMinutes(1));
        await _turns.NextAsync().WaitAsync(Generous);
    }

    /// <summary>A clock that stands still, and tells when somebody begins to wait for it.</summary>
    private sealed class WatchedTime : TimeProvider
    {
        private readonly FakeTime _time = new();
        private readonly Channel<TimeSpan> _armed = Channel.CreateUnbounded<TimeSpan>();

        private TimeSpan _setBack;

        public override DateTimeOffset GetUtcNow() => _time.GetUtcNow() - _setBack;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            ITimer timer = _time.CreateTimer(callback, state, dueTime, period);
            _armed.Writer.TryWrite(dueTime);
            return timer;
        }

        public void Advance(TimeSpan by) => _time.Advance(by);

        /// <summary>Sets the clock back; timers know nothing of it.</summary>
        public void SetBack(TimeSpan by) => _setBack += by;

        public Task<TimeSpan> ArmedAsync() => _armed.Reader.ReadAsync().AsTask();
    }

    private sealed class Turns
    {
        private readonly Channel<int> _turns = Channel.CreateUnbounded<int>();
        private int _count;

        public int Count => _count;

        public bool Fails { get; set; }

        public TaskCompletionSource? Held { get; set; }

        public async Task TakeAsync()
        {
            _turns.Writer.TryWrite(Interlocked.Increment(ref _count));
            if (Held is { } held)
            {
                await held.Task;
            }

            if (Fails)
            {
                throw new InvalidOperationException("This turn fails.");
            }
        }

        public Task<int> NextAsync() => _turns.Reader.ReadAsync().AsTask();
    }

    private sealed class Ticking(Turns turns)
    {
        [Function(nameof(Ticking))]
        public Task RunAsync([TimerTrigger("%Tick:Interval%")] TimerInfo timer) => turns.TakeAsync();
    }

    private sealed class Misnamed(Turns turns)
    {
        [Function(nameof(Misnamed))]
        public Task RunAsync([TimerTrigger("%Tick__Interval%")] TimerInfo timer) => turns.TakeAsync();
    }
}
