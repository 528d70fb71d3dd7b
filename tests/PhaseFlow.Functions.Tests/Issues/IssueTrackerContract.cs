using System.Collections.Immutable;
using PhaseFlow.Functions.Issues;

namespace PhaseFlow.Functions.Tests.Issues;

/// <summary>What every issue tracker promises.</summary>
public abstract class IssueTrackerContract
{
    private static readonly CancellationToken None = CancellationToken.None;

    protected abstract Task<IIssueTracker> OpenAsync();

    [Fact]
    public async Task Create_WhenTheMarkerIsNew_MakesAnIssueThatCanBeRead()
    {
        IIssueTracker tracker = await OpenAsync();

        IssueRef created = await tracker.CreateAsync(Draft("m-1"), None);

        Issue issue = (await tracker.GetAsync("octo/app", created.Number, None))!;
        Assert.Equal((created.Number, created.Url), (issue.Number, issue.Url));
        Assert.Equal(("octo/app", "Phase 1", "The body."), (issue.Repository, issue.Title, issue.Body));
        Assert.Equal(["phaseflow", "phase"], issue.Labels.AsEnumerable());
        Assert.Empty(issue.Comments);
    }

    [Fact]
    public async Task Create_WhenTheMarkerIsKnown_FindsTheFirstIssue()
    {
        IIssueTracker tracker = await OpenAsync();
        IssueRef first = await tracker.CreateAsync(Draft("m-1"), None);

        IssueRef[] repeats = await Task.WhenAll(
            Enumerable.Range(0, 8).Select(_ => tracker.CreateAsync(Draft("m-1") with { Title = "Another" }, None)));
        IssueRef other = await tracker.CreateAsync(Draft("m-2"), None);

        Assert.All(repeats, repeat => Assert.Equal(first, repeat));
        Assert.NotEqual(first.Number, other.Number);
        Assert.Equal("Phase 1", (await tracker.GetAsync("octo/app", first.Number, None))!.Title);
    }

    [Fact]
    public async Task Comment_WhenTheMarkerIsRepeated_IsAddedOnce()
    {
        IIssueTracker tracker = await OpenAsync();
        IssueRef issue = await tracker.CreateAsync(Draft("m-1"), None);
        IssueRef other = await tracker.CreateAsync(Draft("m-2"), None);

        await tracker.CommentAsync("octo/app", issue.Number, "c-1", "Started.", None);
        await tracker.CommentAsync("octo/app", issue.Number, "c-1", "Started.", None);
        await tracker.CommentAsync("octo/app", issue.Number, "c-2", "Done.", None);
        await tracker.CommentAsync("octo/app", other.Number, "c-1", "Started.", None);

        Assert.Equal(["Started.", "Done."], (await tracker.GetAsync("octo/app", issue.Number, None))!.Comments.Select(c => c.Body));
        Assert.Single((await tracker.GetAsync("octo/app", other.Number, None))!.Comments);
    }

    [Fact]
    public async Task Comment_WhenThereIsNoSuchIssue_Throws()
    {
        IIssueTracker tracker = await OpenAsync();

        await Assert.ThrowsAnyAsync<Exception>(() => tracker.CommentAsync(null, 404, "c-1", "Lost.", None));
    }

    [Fact]
    public async Task Get_WhenThereIsNoSuchIssue_GivesNull()
    {
        IIssueTracker tracker = await OpenAsync();

        Assert.Null(await tracker.GetAsync("octo/app", 404, None));
    }

    protected static IssueDraft Draft(string marker) =>
        new("octo/app", marker, "Phase 1", "The body.", ImmutableArray.Create("phaseflow", "phase"));
}
