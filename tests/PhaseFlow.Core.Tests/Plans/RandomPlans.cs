using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using PhaseFlow.Core.Plans;

namespace PhaseFlow.Core.Tests.Plans;

/// <summary>Valid plans with every field in use, and the markdown that a person would write for them.</summary>
internal static class RandomPlans
{
    private static readonly string[] Titles = ["Database", "C#", "API: v2 – draft", "Größe ändern", "Phase 3: again", "a - b", "日本語", "# hash"];

    private static readonly string[] Contents =
    [
        "",
        "One line.",
        "Two\n\nparagraphs, the second with a\ttab.  ",
        "    indented code first\nand text",
        "```sh\n## Phase 9: not a phase\n```\nafter",
        "~~~~\n```\n## Phase 7: no\n~~~\n~~~~",
        "## Notes\n### Phase 2 in detail\nUnknown: a line with a colon\nTimeout: too late to be a field",
        "- Timeout: an item\n# A title\n## Phases at a glance",
    ];

    private static readonly TimeSpan[] Durations =
        [TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(0.5), TimeSpan.FromMinutes(15), TimeSpan.FromMinutes(90), TimeSpan.FromHours(48)];

    private static readonly ImmutableArray<string>[] Docs = [[], ["docs/a.md"], ["https://example.org/a?b=c:d", "docs/b c.md"]];

    public static Arbitrary<FeaturePlan> Valid { get; } = Arb.From(
        from count in Gen.Choose(1, 6)
        from phases in Gen.ListOf(Phase(), count)
        from edges in Gen.ListOf(Gen.SubListOf(Enumerable.Range(1, count)), count)
        from title in Gen.Elements(Titles.Where(t => t[0] != '#').ToArray())
        from description in Gen.Elements("", "About it.", "Long.\n\n## Goals\n- one\n\n```\n## Phase 1: example\n```")
        from repository in Gen.Elements("", "owner/name")
        from priority in Gen.Choose(1, 99)
        from cap in Gen.Elements<decimal?>(null, 0.0001m, 5.00m, 1_000_000m)
        from id in Gen.Choose(0, 3)
        select new FeaturePlan
        {
            Id = id == 0 ? null : id,
            Title = title,
            Description = description,
            Repository = repository.Length == 0 ? null : repository,
            Priority = priority,
            MaxCostUsd = cap,
            Phases = [.. phases.Select((p, i) => p with { Number = i + 1, DependsOn = [.. edges[i].Where(d => d <= i)] })],
        });

    /// <summary>The plan as markdown; what is default is left out, and so is the dependency on the phase before.</summary>
    public static string ToMarkdown(FeaturePlan plan, string lineBreak = "\n")
    {
        var text = new StringBuilder();
        Line($"# {plan.Title}");
        LineIf(plan.Id is not null, $"ID: {plan.Id}");
        LineIf(plan.Repository is not null, $"repository: {plan.Repository}");
        LineIf(plan.Priority != 50, $"Priority:{plan.Priority}");
        LineIf(plan.MaxCostUsd is not null, $"Max cost: {plan.MaxCostUsd}");
        LineIf(plan.Description.Length > 0, $"\n{plan.Description}\n");
        foreach (PhasePlan phase in plan.Phases)
        {
            Line($"## Phase {phase.Number}: {phase.Title}");
            string numbers = phase.DependsOn.IsEmpty ? "none" : string.Join(", ", phase.DependsOn);
            string implied = phase.Number == 1 ? "none" : (phase.Number - 1).ToString(CultureInfo.InvariantCulture);
            LineIf(numbers != implied, $"Depends on: {numbers}");
            LineIf(phase.WorkflowType != WorkflowTypes.External, $"Workflow: {phase.WorkflowType}");
            LineIf(phase.ExternalDocs.Length == 1, $"External docs: {string.Join(',', phase.ExternalDocs)}");
            LineIf(phase.ExternalDocs.Length > 1, $"External docs:\n{string.Join('\n', phase.ExternalDocs.Select(d => "- " + d))}\n");
            LineIf(phase.Timeout != PhaseLimits.DefaultTimeout, $"Timeout: {PhaseDuration.Format(phase.Timeout)}");
            LineIf(phase.HeartbeatTimeout is not null, $"Heartbeat timeout: {PhaseDuration.Format(phase.HeartbeatTimeout ?? default)}");
            LineIf(phase.MaxAttempts != 1, $"Max attempts: {phase.MaxAttempts}");
            LineIf(phase.RetryBackoff != PhaseLimits.DefaultRetryBackoff, $"Retry backoff: {PhaseDuration.Format(phase.RetryBackoff)}");
            LineIf(phase.Approval != ApprovalMode.None, $"Approval: Required");
            LineIf(phase.EstimatedHours is not null, $"Estimated hours: {phase.EstimatedHours}");
            Line($"\n{phase.Content}\n");
        }

        return text.ToString().Replace("\n", lineBreak, StringComparison.Ordinal);

        void Line(FormattableString line) => text.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');

        void LineIf(bool condition, FormattableString line)
        {
            if (condition)
            {
                Line(line);
            }
        }
    }

    private static Gen<PhasePlan> Phase() =>
        from title in Gen.Elements(Titles)
        from content in Gen.Elements(Contents)
        from workflow in Gen.Elements("external", "shell", "adw_sdlc_complete_iso", "a.b-C9")
        from docs in Gen.Elements(Docs)
        from timeout in Gen.Elements(Durations)
        from heartbeat in Gen.Elements(Durations)
        from backoff in Gen.Elements(Durations.Where(d => d <= PhaseLimits.MaxRetryBackoff).ToArray())
        from attempts in Gen.Choose(1, 20)
        from flags in Gen.Choose(0, 7)
        select new PhasePlan
        {
            Number = 1,
            Title = title,
            Content = workflow == WorkflowTypes.Shell ? $"{content}\n\n```sh\necho\n```".TrimStart('\n') : content,
            WorkflowType = workflow,
            ExternalDocs = docs,
            Timeout = timeout,
            HeartbeatTimeout = (flags & 1) == 0 ? null : heartbeat,
            RetryBackoff = backoff,
            MaxAttempts = attempts,
            Approval = (flags & 2) == 0 ? ApprovalMode.None : ApprovalMode.Required,
            EstimatedHours = (flags & 4) == 0 ? null : attempts / 4m,
        };
}
