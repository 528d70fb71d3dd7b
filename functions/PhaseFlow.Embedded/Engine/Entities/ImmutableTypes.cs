using System.Collections.Concurrent;
using System.Reflection;

namespace PhaseFlow.Embedded.Engine.Entities;

/// <summary>Knows which types cannot change once they are made, all the way down, and always turn into JSON.</summary>
internal static class ImmutableTypes
{
    private static readonly ConcurrentDictionary<Type, bool> Known = new();

    private static readonly HashSet<Type> Leaves =
    [
        typeof(string), typeof(decimal), typeof(DateTime), typeof(DateTimeOffset), typeof(TimeSpan), typeof(Guid), typeof(DateOnly), typeof(TimeOnly),
    ];

    public static bool Contains(Type type) => Known.TryGetValue(type, out bool known) ? known : Known.GetOrAdd(type, IsImmutable(type, []));

    private static bool IsImmutable(Type type, HashSet<Type> above)
    {
        // Floating point numbers are left out: not all of them have a JSON form.
        if (type.IsEnum || Leaves.Contains(type) || (type.IsPrimitive && type != typeof(double) && type != typeof(float)))
        {
            return true;
        }

        if (Nullable.GetUnderlyingType(type) is { } underlying)
        {
            return IsImmutable(underlying, above);
        }

        if (type.Namespace == "System.Collections.Immutable" && type.IsGenericType)
        {
            return type.Name.StartsWith("Immutable", StringComparison.Ordinal)
                && type.GetGenericArguments().All(a => IsImmutable(a, above));
        }

        // A class that can be derived from may stand for something that can change; records of the app are sealed.
        bool isClosed = type.IsSealed && !type.IsArray && type.Namespace?.StartsWith("System", StringComparison.Ordinal) != true;
        return isClosed && (!above.Add(type) || Fields(type).All(f => f.IsInitOnly && IsImmutable(f.FieldType, above)));
    }

    private static IEnumerable<FieldInfo> Fields(Type type)
    {
        for (Type? t = type; t is not null && t != typeof(object) && t != typeof(ValueType); t = t.BaseType)
        {
            foreach (FieldInfo field in t.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            {
                yield return field;
            }
        }
    }
}
