using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace PhaseFlow.Functions.Http;

/// <summary>Reads query parameters; each method answers with the refusal of a value that cannot be read, or null.</summary>
public static class QueryValues
{
    // The key of the Functions host may be given in the query.
    private static readonly string[] Everywhere = ["code", "clientId"];

    /// <summary>Refuses a parameter that is not among the known: who misspells one must not get an answer to another question.</summary>
    public static ProblemResult? Unknown(HttpRequest request, params ReadOnlySpan<string> known)
    {
        ArgumentNullException.ThrowIfNull(request);
        foreach (string name in request.Query.Keys)
        {
            if (!known.Contains(name, StringComparer.OrdinalIgnoreCase) && !Everywhere.Contains(name, StringComparer.OrdinalIgnoreCase))
            {
                string advice = known.Length == 0 ? "There is none."
                    : MemberNames.Nearest(name, known) is { } near ? $"{near} is perhaps meant."
                    : $"Known are: {string.Join(", ", known!)}.";
                return Problems.InvalidQuery(name, $"The parameter {name} is not known here. {advice}");
            }
        }

        return null;
    }

    public static ProblemResult? Flag(HttpRequest request, string name, out bool value)
    {
        string? text = Text(request, name);
        value = text is "true" or "1" or "True";
        return text is null or "true" or "1" or "True" or "false" or "0" or "False" ? null : Problems.InvalidQuery(name, $"{name} must be true or false.");
    }

    /// <summary>A whole number from 0; beyond the largest that is allowed it counts as that.</summary>
    public static ProblemResult? Number(HttpRequest request, string name, long otherwise, long max, out long value)
    {
        string? text = Text(request, name);
        if (text is null)
        {
            value = otherwise;
            return null;
        }

        bool isNumber = long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);
        value = Math.Min(value, max);
        return isNumber ? null : Problems.InvalidQuery(name, $"{name} must be a whole number from 0.");
    }

    /// <summary>How many rows to answer with: 1 to the most that is allowed.</summary>
    public static ProblemResult? Limit(HttpRequest request, int otherwise, int max, out int value)
    {
        ProblemResult? refusal = Number(request, "limit", otherwise, max, out long number);
        value = (int)number;
        return refusal ?? (value == 0 ? Problems.InvalidQuery("limit", $"limit must be from 1 to {max}.") : null);
    }

    /// <summary>The words of an enum, with commas between them or the parameter repeated; none where it is not given.</summary>
    public static ProblemResult? Words<T>(HttpRequest request, string name, out HashSet<T> values)
        where T : struct, Enum
    {
        ArgumentNullException.ThrowIfNull(request);
        values = [];
        foreach (string? text in request.Query[name])
        {
            foreach (string word in (text ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            {
                if (!ApiJson.TryWord(word, out T value))
                {
                    return Problems.InvalidQuery(name, $"{name} must be one of {string.Join(", ", Enum.GetValues<T>().Select(ApiJson.Word))}.");
                }

                values.Add(value);
            }
        }

        return null;
    }

    /// <summary>The value; null where it is missing or empty.</summary>
    public static string? Text(HttpRequest request, string name)
    {
        ArgumentNullException.ThrowIfNull(request);
        string text = request.Query[name].ToString();
        return text.Length == 0 ? null : text;
    }
}
