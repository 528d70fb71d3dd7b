using System.Globalization;

namespace PhaseFlow.Functions.Features;

/// <summary>A feature's id as it stands in a path.</summary>
public static class FeatureId
{
    /// <summary>A positive number without sign or leading zeros; anything else is the id of no feature.</summary>
    public static bool TryParse(string? text, out int id) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out id) && id > 0 && text![0] != '0';

    public static string Path(int id) => FormattableString.Invariant($"/api/v1/planned-features/{id}");

    public static string Unknown(string? text) => $"There is no feature {Show(text)}.";

    private static string Show(string? text) => text is null ? "" : text.Length <= 40 ? text : text[..40] + "…";
}
