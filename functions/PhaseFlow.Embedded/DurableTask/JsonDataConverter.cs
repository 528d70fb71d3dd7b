using System.Text.Json;

namespace Microsoft.DurableTask.Converters;

/// <summary>Converts with <see cref="JsonSerializer"/>: member names as they are, enums as numbers, read without regard to casing.</summary>
public class JsonDataConverter : DataConverter
{
    // One instance for all: the metadata that the serializer builds for a type lives in its options.
    private static readonly JsonSerializerOptions DefaultOptions = new() { IncludeFields = true, PropertyNameCaseInsensitive = true };

    private readonly JsonSerializerOptions _options;

    public JsonDataConverter(JsonSerializerOptions? options = null) => _options = options ?? DefaultOptions;

    public static JsonDataConverter Default { get; } = new();

    public override string? Serialize(object? value) => value is null ? null : JsonSerializer.Serialize(value, value.GetType(), _options);

    public override object? Deserialize(string? data, Type targetType) => data is null ? null : JsonSerializer.Deserialize(data, targetType, _options);
}
