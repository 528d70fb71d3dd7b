using System.Globalization;
using Microsoft.Extensions.Configuration;
using PhaseFlow.Core.Plans;

namespace PhaseFlow.Embedded.Hosting;

/// <summary>Checks that settings are of the type that reads them, before anything does.</summary>
internal static class SettingsTypes
{
    /// <exception cref="HostStartException">One is not; the message names it and its value.</exception>
    public static void Check(IConfiguration settings)
    {
        Require(settings, "PhaseFlow:Slots:Capacity", "a whole number from 1 to 10000", v => int.TryParse(v, NumberStyles.Integer, CultureInfo.InvariantCulture, out int n) && n is >= 1 and <= 10_000);
        Require(settings, "PhaseFlow:Spend:MaxCostUsd", "a number of US dollars such as 5.00, more than 0 and at most 1000000, with at most 4 decimals", IsCap);
        Require(settings, "PhaseFlow:Sweep:Grace", "a span such as 00:00:30", v => TimeSpan.TryParse(v, CultureInfo.InvariantCulture, out _));
        Require(
            settings,
            "PhaseFlow:Retention:FinishedFeatures",
            "a span such as 30.00:00:00 (30 days), or 0 to keep everything",
            v => TimeSpan.TryParse(v, CultureInfo.InvariantCulture, out TimeSpan kept) && kept >= TimeSpan.Zero);
        Require(settings, "PhaseFlow:Planner:Timeout", "a span such as 00:05:00", v => TimeSpan.TryParse(v, CultureInfo.InvariantCulture, out _));
        Require(settings, "PhaseFlow:Dispatch:Timeout", "a span such as 00:00:10", v => TimeSpan.TryParse(v, CultureInfo.InvariantCulture, out _));
        Require(settings, "PhaseFlow:Dispatch:AllowLoopback", "true or false", v => bool.TryParse(v, out _));
        foreach (IConfigurationSection agent in settings.GetSection("PhaseFlow:Agents").GetChildren())
        {
            Require(settings, $"{agent.Path}:OutputLimit", "a whole number of bytes", v => long.TryParse(v, NumberStyles.None, CultureInfo.InvariantCulture, out _));
            Require(settings, $"{agent.Path}:Enabled", "true or false", v => bool.TryParse(v, out _));
        }
    }

    private static bool IsCap(string value) =>
        decimal.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal usd) && PlanValidator.IsCap(usd);

    private static void Require(IConfiguration settings, string key, string what, Func<string, bool> reads)
    {
        if (settings[key] is { Length: > 0 } value && !reads(value))
        {
            throw new HostStartException($"{key.Replace(":", "__", StringComparison.Ordinal)} is \"{value}\": it must be {what}.");
        }
    }
}
