using Microsoft.DurableTask;

namespace PhaseFlow.Embedded.Engine.Orchestrations;

/// <summary>The events of one instance. Pending waits of a name are a stack, events that nobody waits for a queue; names without regard to casing.</summary>
internal sealed class EventInbox(DataConverter converter)
{
    private readonly Dictionary<string, Channel> _channels = new(StringComparer.OrdinalIgnoreCase);
    private int _order;

    /// <summary>Gives the oldest event that was kept, or waits for the next.</summary>
    /// <remarks>A cancelled wait stays where it is and swallows the event that reaches it: that is how the cloud host behaves.</remarks>
    public Task<T> Wait<T>(string name, CancellationToken cancellation)
    {
        Channel channel = Of(name);
        if (channel.Kept.TryDequeue(out Kept kept))
        {
            return Task.FromResult(Read<T>(kept.Payload));
        }

        var source = new TaskCompletionSource<T>();
        if (cancellation.CanBeCanceled)
        {
            cancellation.Register(() => source.TrySetCanceled(cancellation));
        }

        channel.Waits.Push(payload => source.TrySetResult(Read<T>(payload)));
        return source.Task;
    }

    /// <summary>Hands an event to the newest wait, or keeps it. Throws when the payload does not fit the wait.</summary>
    public void Raise(string name, string? payload)
    {
        Channel channel = Of(name);
        if (channel.Waits.TryPop(out Action<string?>? wait))
        {
            wait(payload);
        }
        else
        {
            channel.Kept.Enqueue(new Kept(_order++, name, payload));
        }
    }

    /// <summary>The events that nobody has taken, as they came.</summary>
    public IEnumerable<(string Name, string? Payload)> Unprocessed() =>
        _channels.Values.SelectMany(c => c.Kept).OrderBy(k => k.Order).Select(k => (k.Name, k.Payload));

    private T Read<T>(string? payload)
    {
        if (payload is null && default(T) is not null)
        {
            throw new InvalidCastException($"An event without a payload was raised, and {typeof(T)} cannot be null.");
        }

        return converter.Deserialize<T>(payload)!;
    }

    private Channel Of(string name)
    {
        if (!_channels.TryGetValue(name, out Channel? channel))
        {
            channel = new Channel();
            _channels.Add(name, channel);
        }

        return channel;
    }

    private readonly record struct Kept(int Order, string Name, string? Payload);

    private sealed class Channel
    {
        public Stack<Action<string?>> Waits { get; } = new();

        public Queue<Kept> Kept { get; } = new();
    }
}
