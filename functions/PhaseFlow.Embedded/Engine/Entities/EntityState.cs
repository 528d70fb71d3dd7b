using Microsoft.DurableTask;
using Microsoft.DurableTask.Entities;

namespace PhaseFlow.Embedded.Engine.Entities;

/// <summary>An entity's state: as JSON, which is what counts, and as an object, which is what operations work on.</summary>
/// <remarks>
/// The object of an immutable type is turned into JSON once per batch: what a failed operation leaves behind is simply forgotten. Any other
/// object may have been changed in place, so it is turned into JSON after each operation, and a failed one goes back to that.
/// </remarks>
internal sealed class EntityState(DataConverter converter, bool alwaysThroughJson) : TaskEntityState
{
    private string? _json;
    private object? _value;
    private bool _jsonIsStale;
    private (string? Json, object? Value, bool Stale) _before;

    public override bool HasState => _json is not null || _value is not null;

    public override object? GetState(Type type)
    {
        if (_value is not null && type.IsInstanceOfType(_value))
        {
            return _value;
        }

        string? json = ToJson();
        _value = json is null ? null : converter.Deserialize(json, type);
        _jsonIsStale = false;
        return _value;
    }

    public override void SetState(object? state)
    {
        if (state is null)
        {
            (_json, _value, _jsonIsStale) = (null, null, false);
        }
        else if (!ReferenceEquals(state, _value) || !ImmutableTypes.Contains(state.GetType()))
        {
            _value = state;
            _jsonIsStale = true;
        }
    }

    /// <summary>The state as JSON, null when there is none.</summary>
    public string? ToJson()
    {
        if (_jsonIsStale)
        {
            _json = converter.Serialize(_value);
            _jsonIsStale = false;
        }

        return _json;
    }

    public void Load(string? json) => (_json, _value, _jsonIsStale) = (json, null, false);

    public void BeginOperation() => _before = (_json, _value, _jsonIsStale);

    /// <summary>Accepts what the operation did. Throws when the state cannot be turned into JSON.</summary>
    public void Keep()
    {
        if (_value is not null && (alwaysThroughJson || !ImmutableTypes.Contains(_value.GetType())))
        {
            ToJson();
            _value = alwaysThroughJson ? null : _value;
        }
    }

    /// <summary>Goes back to where the operation began.</summary>
    public void Undo()
    {
        (_json, _value, _jsonIsStale) = _before;
        if (_value is not null && !ImmutableTypes.Contains(_value.GetType()))
        {
            _value = null; // may have been changed in place; the JSON is up to date
        }
    }
}
