namespace Microsoft.DurableTask.Entities;

/// <summary>Options of a call to an entity. There are none yet.</summary>
public record CallEntityOptions
{
}

/// <summary>Options of a signal to an entity.</summary>
public record SignalEntityOptions
{
    /// <summary>When the entity gets the signal; at once when left out.</summary>
    public DateTimeOffset? SignalTime { get; init; }

    public static implicit operator SignalEntityOptions(DateTimeOffset value) => new() { SignalTime = value };
}
