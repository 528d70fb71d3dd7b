using PhaseFlow.Embedded.Engine.Persistence;

namespace PhaseFlow.Embedded.Storage;

/// <summary>Every step of the schema in order. A step that has been released is never changed; a new one goes to the end.</summary>
internal static class SchemaMigrations
{
    public static IReadOnlyList<SchemaMigration> All { get; } =
    [
        new("engine", EngineSchema.Script),
        new("store", StoreSchema.Script),
        new("retention", RetentionSchema.Script),
        new("spend", "ALTER TABLE features ADD COLUMN max_cost_usd TEXT"), // a decimal; null for no cap
        new("fewer pages", FewerPagesSchema.Script),
    ];
}
