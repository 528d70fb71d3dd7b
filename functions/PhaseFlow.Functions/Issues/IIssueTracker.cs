using System.Collections.Immutable;

namespace PhaseFlow.Functions.Issues;

/// <summary>An issue to create.</summary>
/// <param name="Repository"><c>owner/name</c>, or null for the default.</param>
/// <param name="Marker">Hidden in the body; a second creation with the same marker finds the first issue.</param>
/// <param name="Title">The title.</param>
/// <param name="Body">Markdown.</param>
/// <param name="Labels">Names of labels.</param>
public sealed record IssueDraft(string? Repository, string Marker, string Title, string Body, ImmutableArray<string> Labels);

/// <summary>An issue that exists.</summary>
public sealed record IssueRef(int Number, string Url);

/// <summary>A comment on an issue.</summary>
public sealed record IssueComment(string Body, DateTimeOffset CreatedAt);

/// <summary>An issue as it can be read.</summary>
public sealed record Issue(
    int Number,
    string Url,
    string? Repository,
    string Title,
    string Body,
    ImmutableArray<string> Labels,
    DateTimeOffset CreatedAt,
    ImmutableArray<IssueComment> Comments);

/// <summary>Where the issues of phases live.</summary>
/// <remarks>One that another system rations throws <see cref="Remote.TryLaterException"/>, and has then done nothing.</remarks>
public interface IIssueTracker
{
    /// <summary>Whether the issues lie in the same log as everything else: one is then never there without what was written before it, and is found by its number alone.</summary>
    bool IsLocal => false;

    /// <summary>
    /// Creates the issue, or finds the one that has the marker. Throws <see cref="Agents.AgentLaunchException"/> where that cannot succeed: no attempt
    /// is launched without its issue.
    /// </summary>
    Task<IssueRef> CreateAsync(IssueDraft draft, CancellationToken cancellation);

    /// <summary>Adds a comment once: one with the same marker is not added again.</summary>
    Task CommentAsync(string? repository, int number, string marker, string body, CancellationToken cancellation);

    /// <summary>The address of an issue for a person.</summary>
    string UrlOf(string? repository, int number);

    /// <summary>
    /// Removes the issues that have the markers, with their comments, where the tracker is PhaseFlow's own: their numbers are never given again. An issue elsewhere belongs to others and
    /// stays. A repeat changes nothing.
    /// </summary>
    Task RemoveAsync(IReadOnlyCollection<string> markers, CancellationToken cancellation) => Task.CompletedTask;

    /// <summary>Reads an issue; null where it is unknown or the tracker is not read through PhaseFlow.</summary>
    /// <param name="repository">Where it is, or null for the default; without meaning where every repository shares one line of numbers.</param>
    /// <param name="number">Its number.</param>
    /// <param name="cancellation">Gives up.</param>
    Task<Issue?> GetAsync(string? repository, int number, CancellationToken cancellation);
}
