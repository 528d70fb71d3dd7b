using System.Diagnostics.CodeAnalysis;

namespace PhaseFlow.Embedded.Engine;

/// <summary>Something that is kept in memory for as long as it is in use and has room.</summary>
internal abstract class HotItem
{
    /// <summary>The batch that last changed it: until that is on disk, the item must stay in memory.</summary>
    public long ChangedIn { get; set; }

    /// <summary>In the line of those that have something to do.</summary>
    public bool IsQueued { get; set; }

    /// <summary>It has messages, or it is at work.</summary>
    public abstract bool IsBusy { get; }
}

/// <summary>Items by key, the least recently used of them dropped when there are too many.</summary>
internal sealed class HotSet<TKey, TItem>(int capacity, IEqualityComparer<TKey> comparer)
    where TKey : notnull
    where TItem : HotItem
{
    private readonly Dictionary<TKey, LinkedListNode<(TKey Key, TItem Item)>> _nodes = new(comparer);
    private readonly LinkedList<(TKey Key, TItem Item)> _byUse = new();

    public int Count => _nodes.Count;

    /// <summary>Finds an item and notes its use.</summary>
    public bool TryGet(TKey key, [NotNullWhen(true)] out TItem? item)
    {
        if (!_nodes.TryGetValue(key, out LinkedListNode<(TKey Key, TItem Item)>? node))
        {
            item = null;
            return false;
        }

        if (node.Previous is not null)
        {
            _byUse.Remove(node);
            _byUse.AddFirst(node);
        }

        item = node.Value.Item;
        return true;
    }

    public void Add(TKey key, TItem item) => _nodes.Add(key, _byUse.AddFirst((key, item)));

    /// <summary>Drops an item, where the key has not got another since.</summary>
    public void Remove(TKey key, TItem item)
    {
        if (_nodes.TryGetValue(key, out LinkedListNode<(TKey Key, TItem Item)>? node) && ReferenceEquals(node.Value.Item, item))
        {
            _nodes.Remove(key);
            _byUse.Remove(node);
        }
    }

    /// <summary>Drops what has been unused the longest, down to the capacity, and leaves what must stay.</summary>
    public void Trim(long durableThrough, Action<TItem> dropped)
    {
        LinkedListNode<(TKey Key, TItem Item)>? node = _byUse.Last;
        for (int tries = _nodes.Count - capacity; tries > 0 && node is not null; tries--)
        {
            LinkedListNode<(TKey Key, TItem Item)>? previous = node.Previous;
            TItem item = node.Value.Item;
            if (!item.IsBusy && item.ChangedIn <= durableThrough)
            {
                _nodes.Remove(node.Value.Key);
                _byUse.Remove(node);
                dropped(item);
            }

            node = previous;
        }
    }
}
