using System.Buffers;
using System.Text.Json;
using PhaseFlow.Embedded.Engine.Orchestrations;

namespace PhaseFlow.Embedded.Engine.Persistence;

/// <summary>History events as JSON: an array of <c>[kind, task id, name, payload, ticks]</c>, cut after the last member that says something.</summary>
internal static class HistoryCodec
{
    // Payloads are kept as strings: they must come back to the letter, and not all of them are JSON.
    private static readonly JsonWriterOptions Unchecked = new()
    {
        SkipValidation = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static ReadOnlyMemory<byte> Write(IReadOnlyList<HistoryEvent> events)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using var writer = new Utf8JsonWriter(buffer, Unchecked);
        writer.WriteStartArray();
        for (int i = 0; i < events.Count; i++)
        {
            Write(writer, events[i]);
        }

        writer.WriteEndArray();
        writer.Flush();
        return buffer.WrittenMemory;
    }

    public static void Read(string json, List<HistoryEvent> into)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        foreach (JsonElement e in document.RootElement.EnumerateArray())
        {
            int length = e.GetArrayLength();
            into.Add(new HistoryEvent(
                (HistoryKind)e[0].GetInt32(),
                length > 1 ? e[1].GetInt32() : 0,
                length > 2 ? e[2].GetString() : null,
                length > 3 ? e[3].GetString() : null,
                length > 4 ? new DateTime(e[4].GetInt64(), DateTimeKind.Utc) : default));
        }
    }

    private static void Write(Utf8JsonWriter writer, in HistoryEvent e)
    {
        int length = e.Time != default ? 5 : e.Payload is not null ? 4 : e.Name is not null ? 3 : e.TaskId != 0 ? 2 : 1;
        writer.WriteStartArray();
        writer.WriteNumberValue((int)e.Kind);
        if (length > 1)
        {
            writer.WriteNumberValue(e.TaskId);
        }

        if (length > 2)
        {
            writer.WriteStringValue(e.Name);
        }

        if (length > 3)
        {
            writer.WriteStringValue(e.Payload);
        }

        if (length > 4)
        {
            writer.WriteNumberValue(e.Time.Ticks);
        }

        writer.WriteEndArray();
    }
}
