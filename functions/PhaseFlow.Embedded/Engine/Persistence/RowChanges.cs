namespace PhaseFlow.Embedded.Engine.Persistence;

/// <summary>What a batch adds to and takes from one table. A row that comes and goes within the batch leaves no trace.</summary>
internal sealed class RowChanges<T>
    where T : class
{
    private readonly Dictionary<long, T> _added = [];
    private readonly List<long> _removed = [];

    public IReadOnlyCollection<T> Added => _added.Values;

    public IReadOnlyList<long> Removed => _removed;

    public bool Any => _added.Count > 0 || _removed.Count > 0;

    /// <summary>Ids are never used twice.</summary>
    public void Add(long id, T row) => _added.Add(id, row);

    public void Remove(long id)
    {
        if (!_added.Remove(id))
        {
            _removed.Add(id);
        }
    }
}
