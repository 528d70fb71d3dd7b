using PhaseFlow.Functions.Remote;

namespace PhaseFlow.Functions.GitHub;

/// <summary>Counts what is created, so that GitHub's limits on content are kept and not run into: whoever runs into them often is banned.</summary>
/// <remarks>
/// It knows of this process alone, and of nothing before its start. Where that is too little, GitHub says so, and its answer is waited out.
/// </remarks>
internal sealed class ContentBudget
{
    /// <summary>Issues, comments and the like that may be created in any minute.</summary>
    public const int PerMinute = 80;

    /// <summary>And in any hour.</summary>
    public const int PerHour = 500;

    private readonly Queue<DateTimeOffset> _created = new(PerHour);

    /// <summary>Takes one; or says when one can be had, and takes none.</summary>
    public RemoteDelay? Take(DateTimeOffset now)
    {
        while (_created.TryPeek(out DateTimeOffset oldest) && oldest <= now - TimeSpan.FromHours(1))
        {
            _created.Dequeue();
        }

        if (_created.Count >= PerHour)
        {
            return new RemoteDelay(_created.Peek() + TimeSpan.FromHours(1), $"GitHub's limit of {PerHour} issues and comments an hour is reached");
        }

        DateTimeOffset[] lately = [.. _created.Where(c => c > now - TimeSpan.FromMinutes(1))];
        if (lately.Length >= PerMinute)
        {
            return new RemoteDelay(lately[^PerMinute] + TimeSpan.FromMinutes(1), $"GitHub's limit of {PerMinute} issues and comments a minute is reached");
        }

        _created.Enqueue(now);
        return null;
    }
}
