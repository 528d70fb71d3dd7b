using PhaseFlow.Functions.Issues;

namespace PhaseFlow.Functions.Tests.Issues;

/// <summary>What every issue tracker promises whose issues are PhaseFlow's own.</summary>
public abstract class OwnIssueTrackerContract : IssueTrackerContract
{
    private static readonly CancellationToken None = CancellationToken.None;

    [Fact]
    public async Task Remove_WhenIssuesHaveTheMarkers_TakesThemWithTheirCommentsAndGivesNoNumberAgain()
    {
        IIssueTracker tracker = await OpenAsync();
        IssueRef first = await tracker.CreateAsync(Draft("m-1"), None);
        IssueRef stays = await tracker.CreateAsync(Draft("m-2"), None);
        IssueRef last = await tracker.CreateAsync(Draft("m-3"), None);
        await tracker.CommentAsync("octo/app", first.Number, "c-1", "Done.", None);
        await tracker.CommentAsync("octo/app", stays.Number, "c-1", "Done.", None);

        await tracker.RemoveAsync(["m-1", "m-3", "m-404"], None);
        await tracker.RemoveAsync(["m-1", "m-3"], None);

        Assert.Null(await tracker.GetAsync("octo/app", first.Number, None));
        Assert.Null(await tracker.GetAsync("octo/app", last.Number, None));
        Assert.Single((await tracker.GetAsync("octo/app", stays.Number, None))!.Comments);
        IssueRef another = await tracker.CreateAsync(Draft("m-1"), None);
        Assert.Equal(last.Number + 1, another.Number);
        Assert.Empty((await tracker.GetAsync("octo/app", another.Number, None))!.Comments);
    }
}
