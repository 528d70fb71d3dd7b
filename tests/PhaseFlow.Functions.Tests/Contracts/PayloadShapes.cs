using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using PhaseFlow.Core.Runs;

namespace PhaseFlow.Functions.Tests.Contracts;

/// <summary>Writes the shape of what is stored as JSON: each type with the members that its serializer reads and writes, and of those the types.</summary>
internal sealed class PayloadShapes(JsonSerializerOptions options)
{
    private readonly SortedDictionary<string, string[]> _shapes = new(StringComparer.Ordinal);

    /// <summary>Takes a type in, with all that it is made of, and gives its name.</summary>
    public string Add(Type type)
    {
        if (Nullable.GetUnderlyingType(type) is { } value)
        {
            return $"{Add(value)}?";
        }

        if (type == typeof(Task) || type == typeof(void))
        {
            return "nothing";
        }

        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Task<>))
        {
            return Add(type.GetGenericArguments()[0]);
        }

        if (type == typeof(PhaseTable))
        {
            // It has a converter of its own, which the serializer does not look behind.
            return Add(typeof(IReadOnlyDictionary<int, PhaseState>));
        }

        JsonTypeInfo info = options.GetTypeInfo(type);
        switch (info.Kind)
        {
            case JsonTypeInfoKind.Enumerable:
                return $"[{Add(info.ElementType!)}]";
            case JsonTypeInfoKind.Dictionary:
                return $"{{{Add(info.KeyType!)}: {Add(info.ElementType!)}}}";
            case JsonTypeInfoKind.Object:
                AddObject(type, info);
                break;
            default:
                if (type.IsEnum)
                {
                    _shapes[type.Name] = [.. Enum.GetValues(type).Cast<object>().Select(v => $"{v} = {Convert.ToInt64(v, System.Globalization.CultureInfo.InvariantCulture)}")];
                }

                break;
        }

        return type.Name;
    }

    public IEnumerable<string> Lines() => _shapes.SelectMany(s => s.Value.Select(m => $"    {m}").Prepend($"  {s.Key}"));

    private void AddObject(Type type, JsonTypeInfo info)
    {
        if (!_shapes.TryAdd(type.Name, []))
        {
            return;
        }

        // What is computed and only written says nothing that is read back.
        _shapes[type.Name] =
        [
            .. info.Properties.Where(p => p.Set is not null || p.AssociatedParameter is not null)
                .Select(p => $"{p.Name}: {Add(p.PropertyType)}{(p.IsRequired ? ", required" : "")}").Order(StringComparer.Ordinal),
        ];
    }
}
