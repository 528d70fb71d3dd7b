using System.Diagnostics.CodeAnalysis;

namespace PhaseFlow.Core.Dispatch;

/// <summary>The hosts that requests may go to: exact names, and <c>*.example.com</c> for what is under a name (not for the name itself).</summary>
public sealed class HostAllowList
{
    private const string Wildcard = "*.";

    private readonly HashSet<string> _exact = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<string> _suffixes = [];

    private HostAllowList()
    {
    }

    /// <summary>Reads a list with commas or spaces between its entries; empty allows nothing.</summary>
    /// <param name="text">The list, or null.</param>
    /// <param name="list">What it says.</param>
    /// <param name="fault">Where an entry cannot be used: which, and why, as one sentence.</param>
    public static bool TryParse(string? text, [NotNullWhen(true)] out HostAllowList? list, [NotNullWhen(false)] out string? fault)
    {
        list = new HostAllowList();
        foreach (string entry in (text ?? "").Split([',', ' ', '\t', '\n'], StringSplitOptions.RemoveEmptyEntries))
        {
            if ((fault = FaultOf(entry)) is not null)
            {
                list = null;
                return false;
            }

            if (entry.StartsWith(Wildcard, StringComparison.Ordinal))
            {
                list._suffixes.Add(entry[1..]);
            }
            else
            {
                list._exact.Add(entry.Trim('[', ']'));
            }
        }

        fault = null;
        return true;
    }

    /// <summary>Whether a host is on the list, whatever the case.</summary>
    /// <param name="host">A name in ASCII, or an address without brackets, as <see cref="Uri.IdnHost"/> has it.</param>
    public bool Allows(string host)
    {
        ArgumentNullException.ThrowIfNull(host);
        return _exact.Contains(host)
            || _suffixes.Exists(s => host.Length > s.Length && host[0] != '.' && host.EndsWith(s, StringComparison.OrdinalIgnoreCase));
    }

    private static string? FaultOf(string entry)
    {
        string name = entry.StartsWith(Wildcard, StringComparison.Ordinal) ? entry[Wildcard.Length..] : entry;
        if (name.Contains('*', StringComparison.Ordinal))
        {
            return $"\"{entry}\" has a * that is not its first label: give exact names, or *.example.com.";
        }

        if (name != entry && (!name.Contains('.', StringComparison.Ordinal) || Uri.CheckHostName(name) != UriHostNameType.Dns))
        {
            return $"\"{entry}\" would allow too much: a * stands before a name of two labels or more.";
        }

        return Uri.CheckHostName(name) == UriHostNameType.Unknown || !System.Text.Ascii.IsValid(name)
            ? $"\"{entry}\" is no host name: give it without scheme, port and path, and in ASCII (xn--…)."
            : null;
    }
}
