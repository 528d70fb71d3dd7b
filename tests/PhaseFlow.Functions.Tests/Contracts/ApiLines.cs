using System.Globalization;
using System.Reflection;

namespace PhaseFlow.Functions.Tests.Contracts;

/// <summary>Writes what a type declares for others as one line each, in the form of the files in <c>tests/contracts</c>.</summary>
/// <remarks>
/// Fields are separated by tabs; ids are the XML documentation ids of the C# standard. <c>T:</c> kind, base type; <c>M:</c> return type, modifiers,
/// parameter names with defaults; <c>P:</c> type, modifiers, accessors; <c>F:</c> type, modifiers.
/// </remarks>
internal static class ApiLines
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    /// <summary>Whether code outside of the assembly can see the type.</summary>
    public static bool IsVisible(Type type) =>
        type.IsPublic || (type.IsNestedPublic && IsVisible(type.DeclaringType!)) || (type.IsNestedFamily && IsVisible(type.DeclaringType!));

    public static IEnumerable<string> Of(Type type)
    {
        yield return Join($"T:{Name(type)}", Kind(type), type.BaseType is null ? "" : Name(type.BaseType));
        if (typeof(Delegate).IsAssignableFrom(type))
        {
            yield return Method(type.GetMethod("Invoke")!);
            yield break;
        }

        foreach (MethodBase method in type.GetConstructors(Declared).Concat<MethodBase>(type.GetMethods(Declared)).Where(IsVisible).Where(m => !IsAccessor(m)))
        {
            yield return Method(method);
        }

        foreach (PropertyInfo property in type.GetProperties(Declared))
        {
            MethodInfo[] accessors = [.. property.GetAccessors(nonPublic: true).Where(IsVisible)];
            if (accessors.Length > 0)
            {
                yield return Property(property, accessors);
            }
        }

        foreach (FieldInfo field in type.GetFields(Declared).Where(f => (f.IsPublic || f.IsFamily || f.IsFamilyOrAssembly) && !f.IsSpecialName))
        {
            string value = field.IsLiteral ? $"const {Convert.ToString(field.GetRawConstantValue(), CultureInfo.InvariantCulture)}" : field.IsStatic ? "static" : "";
            yield return Join($"F:{Name(type)}.{field.Name}", Name(field.FieldType), value);
        }
    }

    // What the compiler adds under a name that no code can write does not count.
    private static bool IsVisible(MethodBase method) =>
        (method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly) && !method.Name.StartsWith('<');

    private static bool IsAccessor(MethodBase method) => method.IsSpecialName && (method.Name.StartsWith("get_", StringComparison.Ordinal)
        || method.Name.StartsWith("set_", StringComparison.Ordinal));

    private static string Method(MethodBase method)
    {
        string arity = method.IsGenericMethodDefinition ? $"``{method.GetGenericArguments().Length}" : "";
        ParameterInfo[] parameters = method.GetParameters();
        string list = parameters.Length == 0 ? "" : $"({string.Join(',', parameters.Select(p => Name(p.ParameterType)))})";
        string returned = method is MethodInfo info ? Name(info.ReturnType) : "";
        return Join(
            $"M:{Name(method.DeclaringType!)}.{method.Name.Replace('.', '#')}{arity}{list}",
            returned,
            Modifiers(method),
            string.Join(", ", parameters.Select(Describe)));
    }

    private static string Property(PropertyInfo property, MethodInfo[] accessors)
    {
        ParameterInfo[] index = property.GetIndexParameters();
        string list = index.Length == 0 ? "" : $"({string.Join(',', index.Select(p => Name(p.ParameterType)))})";
        IEnumerable<string> words = accessors.Select(a =>
            a == property.GetMethod ? "get"
            : a.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(System.Runtime.CompilerServices.IsExternalInit)) ? "init"
            : "set");
        return Join(
            $"P:{Name(property.DeclaringType!)}.{property.Name}{list}", Name(property.PropertyType), Modifiers(accessors[0]), string.Join(' ', words));
    }

    private static string Describe(ParameterInfo parameter)
    {
        string prefix = parameter.IsDefined(typeof(ParamArrayAttribute)) ? "params " : "";
        string value = parameter.HasDefaultValue ? $"={Convert.ToString(parameter.DefaultValue, CultureInfo.InvariantCulture) ?? "null"}" : "";
        return $"{prefix}{parameter.Name}{(value == "=" ? "=null" : value)}";
    }

    private static string Modifiers(MethodBase method)
    {
        string access = method.IsPublic ? "public" : "protected";
        return method.IsStatic ? $"{access} static"
            : method.IsAbstract ? $"{access} abstract"
            : method.IsVirtual && !method.IsFinal ? $"{access} virtual"
            : access;
    }

    private static string Kind(Type type) => type switch
    {
        { IsInterface: true } => "interface",
        { IsEnum: true } => "enum",
        { IsValueType: true } => "struct",
        { IsAbstract: true, IsSealed: true } => "static class",
        { IsAbstract: true } => "abstract class",
        { IsSealed: true } => "sealed class",
        _ => "class",
    };

    /// <summary>The name of a type as documentation ids write it.</summary>
    private static string Name(Type type)
    {
        if (type.IsByRef)
        {
            return $"{Name(type.GetElementType()!)}@";
        }

        if (type.IsArray)
        {
            return $"{Name(type.GetElementType()!)}[]";
        }

        if (type.IsGenericParameter)
        {
            return $"{(type.DeclaringMethod is null ? "`" : "``")}{type.GenericParameterPosition}";
        }

        string name = type.DeclaringType is { } outer && !type.IsGenericParameter ? $"{Name(outer)}.{type.Name}" : $"{type.Namespace}.{type.Name}";
        return type.IsGenericType && !type.IsGenericTypeDefinition
            ? $"{name[..name.IndexOf('`', StringComparison.Ordinal)]}{{{string.Join(',', type.GetGenericArguments().Select(Name))}}}"
            : name;
    }

    private static string Join(params string[] fields) => string.Join('\t', fields);
}
