namespace PhaseFlow.Embedded.Storage;

/// <summary>One step of the schema. Its place in the list, counted from 1, is the schema version that it leads to.</summary>
/// <param name="Subject">What the step is about, for the log.</param>
/// <param name="Script">SQL statements; they run in one transaction together with the new version number.</param>
internal sealed record SchemaMigration(string Subject, string Script);
