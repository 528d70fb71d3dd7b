using PhaseFlow.Embedded.Engine;

namespace PhaseFlow.Functions.Tests.Engine;

public sealed class HotSetTests
{
    [Fact]
    public void Trim_WhenThereAreTooMany_DropsTheLeastRecentlyUsedThatMayGo()
    {
        var set = new HotSet<string, Item>(capacity: 1, StringComparer.Ordinal);
        set.Add("old", new Item());
        set.Add("notStored", new Item { ChangedIn = 8 });
        set.Add("busy", new Item { Busy = true });
        set.Add("used", new Item());
        Assert.True(set.TryGet("old", out Item? old));
        var dropped = new List<Item>();

        set.Trim(durableThrough: 7, dropped.Add);

        Assert.Same(old, Find(set, "old"));
        Assert.NotNull(Find(set, "notStored"));
        Assert.NotNull(Find(set, "busy"));
        Assert.Null(Find(set, "used"));
        Assert.Single(dropped);
    }

    [Fact]
    public void Remove_WhenAnotherHasTheKeyByNow_LeavesThat()
    {
        var set = new HotSet<string, Item>(capacity: 1, StringComparer.Ordinal);
        var first = new Item();
        set.Add("id", first);
        set.Remove("id", new Item());
        Assert.Same(first, Find(set, "id"));

        set.Remove("id", first);

        Assert.Null(Find(set, "id"));
        set.Add("id", new Item());
        set.Add("other", new Item());
        set.Trim(durableThrough: 0, static _ => { });
        Assert.NotNull(Find(set, "other"));
    }

    private static Item? Find(HotSet<string, Item> set, string key) => set.TryGet(key, out Item? item) ? item : null;

    private sealed class Item : HotItem
    {
        public bool Busy { get; init; }

        public override bool IsBusy => Busy;
    }
}
