using System.Globalization;
using PhaseFlow.Embedded.Storage;
using PhaseFlow.Functions.Http;
using PhaseFlow.Functions.Issues;
using PhaseFlow.Functions.Storage;

namespace PhaseFlow.Embedded.Issues;

/// <summary>Issues in the SQLite file, numbered from 1 and read over HTTP. Every repository shares the one line of numbers.</summary>
internal sealed class LocalIssueTracker(SqliteDatabase database, IPublicAddress address, TimeProvider time) : IIssueTracker
{
    public bool IsLocal => true;

    public async Task<IssueRef> CreateAsync(IssueDraft draft, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(draft);
        long now = time.GetUtcNow().ToUnixTimeMilliseconds();
        int number = await database.WriteAsync(session => Create(session, draft, now), cancellation);
        return new IssueRef(number, UrlOf(null, number));
    }

    public async Task CommentAsync(string? repository, int number, string marker, string body, CancellationToken cancellation)
    {
        long now = time.GetUtcNow().ToUnixTimeMilliseconds();
        await database.WriteAsync(
            session =>
            {
                int added = session.Execute(
                    """
                    INSERT INTO issue_comments (number, marker, created_at, body) SELECT ?1, ?2, ?3, ?4 WHERE EXISTS (SELECT 1 FROM issues WHERE number = ?1)
                    ON CONFLICT DO NOTHING
                    """,
                    number,
                    marker,
                    now,
                    body);
                return added > 0 || Find(session, number) is not null
                    ? added
                    : throw new InvalidOperationException($"There is no issue {number} to comment on.");
            },
            canWait: true,
            written: null,
            cancellation);
    }

    public async Task RemoveAsync(IReadOnlyCollection<string> markers, CancellationToken cancellation) =>
        await database.WriteAsync(
            session =>
            {
                int removed = 0;
                foreach (string marker in markers)
                {
                    session.Execute("DELETE FROM issue_comments WHERE number = (SELECT number FROM issues WHERE marker = ?1)", marker);
                    removed += session.Execute("DELETE FROM issues WHERE marker = ?1", marker);
                }

                return removed;
            },
            cancellation);

    public string UrlOf(string? repository, int number) => string.Create(CultureInfo.InvariantCulture, $"{address.Url}/api/v1/issues/{number}");

    public async Task<Issue?> GetAsync(string? repository, int number, CancellationToken cancellation) =>
        await database.ReadAsync(
            session => Find(session, number) is { } issue
                ? issue with
                {
                    Url = UrlOf(null, number),
                    Comments =
                    [
                        .. session.Query(
                            "SELECT body, created_at FROM issue_comments WHERE number = ?1 ORDER BY rowid",
                            row => new IssueComment(row.GetString(0), row.Time(1)),
                            number),
                    ],
                }
                : null,
            cancellation);

    private static int Create(SqliteSession session, IssueDraft draft, long now)
    {
        int? known = session.QueryFirst<int?>("SELECT number FROM issues WHERE marker = ?1", row => row.GetInt32(0), draft.Marker);
        return known ?? session.QueryFirst(
            "INSERT INTO issues (marker, repository, title, labels, created_at, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6) RETURNING number",
            row => row.GetInt32(0),
            draft.Marker,
            draft.Repository,
            draft.Title,
            StoreJson.Write(draft.Labels),
            now,
            draft.Body);
    }

    private static Issue? Find(SqliteSession session, int number) =>
        session.QueryFirst("SELECT number, repository, title, body, labels, created_at FROM issues WHERE number = ?1", ToIssue, number);

    private static Issue ToIssue(SqliteRow row) => new(
        row.GetInt32(0), "", row.Text(1), row.GetString(2), row.GetString(3), [.. StoreJson.Read<string[]>(row.GetString(4))], row.Time(5), []);

}
