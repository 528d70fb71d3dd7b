using System.Globalization;
using Azure.Data.Tables;
using PhaseFlow.Functions.Http;
using PhaseFlow.Functions.Issues;
using PhaseFlow.Functions.Storage;

namespace PhaseFlow.Functions.Azure.Tables;

/// <summary>Issues in Azure Tables, numbered from 1 and read over HTTP. Every repository shares the one line of numbers.</summary>
/// <remarks>One partition: an issue, its marker and the last number given are one transaction.</remarks>
internal sealed class TablesIssueTracker(StoreTables tables, IPublicAddress address, TimeProvider time) : IIssueTracker
{
    private const string Partition = "issues";
    private const string Head = "head";

    public async Task<IssueRef> CreateAsync(IssueDraft draft, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(draft);
        int number = await Conflicts.RetryAsync(() => CreateOnceAsync(draft, cancellation), time, cancellation);
        return new IssueRef(number, UrlOf(null, number));
    }

    public async Task CommentAsync(string? repository, int number, string marker, string body, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(marker);
        await Conflicts.RetryAsync(() => CommentOnceAsync(number, marker, body, cancellation), time, cancellation);
    }

    public async Task RemoveAsync(IReadOnlyCollection<string> markers, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(markers);
        foreach (string marker in markers)
        {
            await Conflicts.RetryAsync(() => RemoveOnceAsync(MarkerKey(marker), cancellation), time, cancellation);
        }
    }

    public string UrlOf(string? repository, int number) => string.Create(CultureInfo.InvariantCulture, $"{address.Url}/api/v1/issues/{number}");

    public async Task<Issue?> GetAsync(string? repository, int number, CancellationToken cancellation)
    {
        List<TableEntity> rows = await tables.Issues.ListAsync(Partition, IssueKey(number), IssueKey(number) + "~", cancellation);
        return rows.Count == 0
            ? null
            : new Issue(
                number,
                UrlOf(null, number),
                rows[0].GetString("Repository"),
                rows[0].RequiredText("Title"),
                rows[0].RequiredText("Body"),
                [.. StoreJson.Read<string[]>(rows[0].RequiredText("Labels"))],
                rows[0].GetDateTimeOffset("CreatedAt")!.Value,
                [
                    .. rows.Skip(1).OrderBy(r => r.GetInt32("Order")).Select(
                        r => new IssueComment(r.RequiredText("Body"), r.GetDateTimeOffset("CreatedAt")!.Value)),
                ]);
    }

    private static string MarkerKey(string marker) => $"marker-{RowKeys.Digest(marker)}";

    private static string IssueKey(int number) => $"issue-{RowKeys.Number(number)}";

    private async Task<int> CreateOnceAsync(IssueDraft draft, CancellationToken cancellation)
    {
        string markerKey = MarkerKey(draft.Marker);
        TableEntity?[] known = await Task.WhenAll(
            tables.Issues.FindAsync(Partition, markerKey, cancellation), tables.Issues.FindAsync(Partition, Head, cancellation));
        (TableEntity? marker, TableEntity? head) = (known[0], known[1]);
        if (marker is not null)
        {
            return marker.GetInt32("Number")!.Value;
        }

        int number = (head?.GetInt32("Last") ?? 0) + 1;
        var issue = new TableEntity(Partition, IssueKey(number)) { ["CreatedAt"] = time.GetUtcNow(), ["Comments"] = 0 };
        issue.SetText("Title", draft.Title);
        issue.SetText("Body", draft.Body);
        issue.SetText("Labels", StoreJson.Write(draft.Labels));
        if (draft.Repository is { } repository)
        {
            issue["Repository"] = repository;
        }

        var last = new TableEntity(Partition, Head) { ["Last"] = number };
        await tables.Issues.SubmitTransactionAsync(
            [
                head is null
                    ? new TableTransactionAction(TableTransactionActionType.Add, last)
                    : new TableTransactionAction(TableTransactionActionType.UpdateReplace, last, head.ETag),
                new TableTransactionAction(TableTransactionActionType.Add, new TableEntity(Partition, markerKey) { ["Number"] = number }),
                new TableTransactionAction(TableTransactionActionType.Add, issue),
            ],
            cancellation);
        return number;
    }

    private async Task<bool> CommentOnceAsync(int number, string marker, string body, CancellationToken cancellation)
    {
        string key = $"{IssueKey(number)}-{RowKeys.Digest(marker)}";
        TableEntity issue = await tables.Issues.FindAsync(Partition, IssueKey(number), cancellation, ["Comments"])
            ?? throw new InvalidOperationException($"There is no issue {number} to comment on.");
        if (await tables.Issues.FindAsync(Partition, key, cancellation, ["Order"]) is not null)
        {
            return false;
        }

        int order = issue.GetInt32("Comments")!.Value + 1;
        var comment = new TableEntity(Partition, key) { ["Order"] = order, ["CreatedAt"] = time.GetUtcNow() };
        comment.SetText("Body", body);
        await tables.Issues.SubmitTransactionAsync(
            [
                new TableTransactionAction(TableTransactionActionType.UpdateMerge, new TableEntity(Partition, IssueKey(number)) { ["Comments"] = order }, issue.ETag),
                new TableTransactionAction(TableTransactionActionType.Add, comment),
            ],
            cancellation);
        return true;
    }

    /// <summary>The marker goes last: a repeat finds by it what is left.</summary>
    private async Task<bool> RemoveOnceAsync(string markerKey, CancellationToken cancellation)
    {
        if (await tables.Issues.FindAsync(Partition, markerKey, cancellation) is not { } marker)
        {
            return false;
        }

        string issue = IssueKey(marker.GetInt32("Number")!.Value);
        List<TableEntity> rows = await tables.Issues.ListAsync(Partition, issue, issue + "~", cancellation, ["PartitionKey", "RowKey"]);
        await tables.Issues.DeleteAllAsync([.. rows, marker], cancellation);
        return true;
    }
}
