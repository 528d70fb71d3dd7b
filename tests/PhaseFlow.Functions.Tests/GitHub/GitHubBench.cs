using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using PhaseFlow.Functions.GitHub;
using PhaseFlow.Functions.Webhooks;

namespace PhaseFlow.Functions.Tests.GitHub;

/// <summary>Makes what the tests of GitHub need.</summary>
internal static class GitHubBench
{
    public const string MasterKey = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
    public const string OtherKey = "ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA=";

    public static WebhookSecrets Secrets(string key = MasterKey, string previous = "") =>
        new(Options.Create(new WebhookOptions { MasterKey = key, PreviousMasterKey = previous }));

    public static RepositoryName Repository(string name) => RepositoryName.TryParse(name, out RepositoryName? repository) ? repository : throw new ArgumentException(name);

    public static GitHubSettings Settings(string? repository = FakeGitHub.Home) =>
        new() { Token = "ghp_secret", Repository = repository is null ? null : Repository(repository) };

    public static GitHubGate Gate(TimeProvider time) => new(time, NullLogger<GitHubGate>.Instance);

    public static GitHubIssueTracker Tracker(IGitHubApi api, TimeProvider time, GitHubSettings? settings = null, WebhookSecrets? secrets = null) => new(
        settings ?? Settings(), api, Gate(time), new IssueMarks(secrets ?? Secrets()), NullLogger<GitHubIssueTracker>.Instance);
}
