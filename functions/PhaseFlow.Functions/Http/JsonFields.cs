using System.Collections.Immutable;
using System.Text.Json;
using PhaseFlow.Core.Plans;

namespace PhaseFlow.Functions.Http;

/// <summary>Reads the members of a JSON object and collects every one that is missing or of the wrong type, by its JSON pointer.</summary>
/// <remarks>Members that nobody asks for are ignored, unless it is said which ones are known (<see cref="Know"/>); <c>null</c> is the same as a member that is not there.</remarks>
public sealed class JsonFields
{
    public const string WrongType = "wrong-type";
    public const string MissingField = "missing-field";

    private const int MaxShown = 40;

    private readonly JsonElement _object;
    private readonly string _at;
    private readonly List<PlanFault> _faults;
    private readonly Dictionary<string, JsonElement> _misspelled = [];

    public JsonFields(JsonElement json, string pointer = "", List<PlanFault>? faults = null)
    {
        _object = json;
        _at = pointer;
        _faults = faults ?? [];
        if (json.ValueKind != JsonValueKind.Object)
        {
            _faults.Add(new PlanFault(WrongType, pointer.Length == 0 ? "The body must be a JSON object." : "This must be a JSON object.") { Pointer = pointer });
        }
    }

    /// <summary>What was found so far, here and in the objects within.</summary>
    public IReadOnlyList<PlanFault> Faults => _faults;

    /// <summary>
    /// Tells each member whose name is none of these: it would be ignored. One that is another spelling, such as <c>dependsOn</c>, is read all the same, so
    /// that its absence causes no further fault. So would all but the last of those of one name. <c>$schema</c> is for editors.
    /// </summary>
    public void Know(params ReadOnlySpan<string> names)
    {
        if (_object.ValueKind != JsonValueKind.Object)
        {
            return;
        }

        var known = new HashSet<string>(StringComparer.Ordinal);
        foreach (JsonProperty member in _object.EnumerateObject())
        {
            bool isKnown = names.Contains(member.Name);
            if (member.Name == "$schema" || (isKnown && known.Add(member.Name)))
            {
                continue;
            }

            if (_faults.Count >= PlanValidator.MaxFaults)
            {
                return;
            }

            string pointer = member.Name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal);
            PlanFault fault = isKnown
                ? new PlanFault(PlanFaultCodes.RepeatedField, $"\"{member.Name}\" stands here a second time.")
                : FaultOf(member, names);
            _faults.Add(fault with { Pointer = $"{_at}/{pointer}" });
        }
    }

    public bool Has(string name) => Find(name) is not null;

    public string? Text(string name, bool isRequired = false) => Read<string?>(name, isRequired, "a string", null, ReadText);

    public int? Int(string name, bool isRequired = false) =>
        Read<int?>(name, isRequired, "a whole number", null, e => e.ValueKind == JsonValueKind.Number && e.TryGetInt32(out int n) ? n : null);

    public long? Long(string name) =>
        Read<long?>(name, false, "a whole number", null, e => e.ValueKind == JsonValueKind.Number && e.TryGetInt64(out long n) ? n : null);

    public decimal? Number(string name) =>
        Read<decimal?>(name, false, "a number", null, e => e.ValueKind == JsonValueKind.Number && e.TryGetDecimal(out decimal n) ? n : null);

    public bool? Flag(string name) => Read<bool?>(
        name, false, "true or false", null, e => e.ValueKind is JsonValueKind.True or JsonValueKind.False ? e.GetBoolean() : null);

    /// <summary>A number with <c>s</c>, <c>m</c> or <c>h</c>.</summary>
    public TimeSpan? Duration(string name) => Read<TimeSpan?>(
        name, false, "a duration such as \"30s\", \"15m\" or \"2h\"", null, e => PhaseDuration.TryParse(ReadText(e), out TimeSpan d) ? d : null, PlanFaultCodes.InvalidDuration);

    public ImmutableArray<int> Ints(string name) =>
        List<int>(name, "a whole number", e => e.ValueKind == JsonValueKind.Number && e.TryGetInt32(out int n) ? n : null);

    public ImmutableArray<string> Texts(string name)
    {
        if (Items(name) is not { } items)
        {
            return [];
        }

        var texts = ImmutableArray.CreateBuilder<string>(items.Length);
        for (int i = 0; i < items.Length; i++)
        {
            texts.Add(ReadText(items[i]) ?? Mistyped($"{_at}/{name}/{i}", "a string", ""));
        }

        return texts.ToImmutable();
    }

    /// <summary>The objects of a list; null where there is no list.</summary>
    public ImmutableArray<JsonFields>? Objects(string name) =>
        Items(name) is { } items ? [.. items.Select((e, i) => new JsonFields(e, FormattableString.Invariant($"{_at}/{name}/{i}"), _faults))] : null;

    /// <summary>An object within; null where there is none.</summary>
    public JsonFields? Object(string name) => Find(name) is { } value ? new JsonFields(value, $"{_at}/{name}", _faults) : null;

    /// <summary>Tells a fault of a member that has the right type and still will not do.</summary>
    public void Refuse(string name, string code, string message) => _faults.Add(new PlanFault(code, message) { Pointer = $"{_at}/{name}" });

    private PlanFault FaultOf(JsonProperty member, ReadOnlySpan<string> names)
    {
        foreach (string name in names)
        {
            if (Spelling.IsSameName(member.Name, name))
            {
                _misspelled[name] = member.Value;
                return new PlanFault(PlanFaultCodes.MisspelledField, $"This is not understood; write \"{name}\".");
            }
        }

        string shown = member.Name.Length > MaxShown ? member.Name[..MaxShown] + "…" : member.Name;
        string advice = MemberNames.Nearest(member.Name, names) is { } near ? $"\"{near}\" is perhaps meant." : $"Known are: {string.Join(", ", names)}.";
        return new PlanFault(PlanFaultCodes.UnknownField, $"\"{shown}\" is not known here. {advice}");
    }

    private ImmutableArray<T> List<T>(string name, string what, Func<JsonElement, T?> read)
        where T : struct
    {
        if (Items(name) is not { } items)
        {
            return [];
        }

        var list = ImmutableArray.CreateBuilder<T>(items.Length);
        for (int i = 0; i < items.Length; i++)
        {
            if (read(items[i]) is { } item)
            {
                list.Add(item);
            }
            else
            {
                Mistyped(FormattableString.Invariant($"{_at}/{name}/{i}"), what, "");
            }
        }

        return list.ToImmutable();
    }

    private JsonElement[]? Items(string name)
    {
        if (Find(name) is not { } value)
        {
            return null;
        }

        if (value.ValueKind == JsonValueKind.Array)
        {
            return [.. value.EnumerateArray()];
        }

        Mistyped($"{_at}/{name}", "a list", "");
        return [];
    }

    private T? Read<T>(string name, bool isRequired, string what, T? otherwise, Func<JsonElement, T?> read, string code = WrongType)
    {
        if (Find(name) is not { } value)
        {
            if (isRequired && _object.ValueKind == JsonValueKind.Object)
            {
                _faults.Add(new PlanFault(MissingField, $"{name} is missing.") { Pointer = $"{_at}/{name}" });
            }

            return otherwise;
        }

        if (read(value) is { } found)
        {
            return found;
        }

        _faults.Add(new PlanFault(code, $"{name} must be {what}.") { Pointer = $"{_at}/{name}" });
        return otherwise;
    }

    private string Mistyped(string pointer, string what, string otherwise)
    {
        _faults.Add(new PlanFault(WrongType, $"This must be {what}.") { Pointer = pointer });
        return otherwise;
    }

    private JsonElement? Find(string name) =>
        _object.ValueKind == JsonValueKind.Object && (_object.TryGetProperty(name, out JsonElement value) || _misspelled.TryGetValue(name, out value))
            && value.ValueKind != JsonValueKind.Null
            ? value
            : null;

    private static string? ReadText(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.String)
        {
            return null;
        }

        try
        {
            return value.GetString();
        }
        catch (InvalidOperationException) // half of a surrogate pair, escaped
        {
            return null;
        }
    }
}
