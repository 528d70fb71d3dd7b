using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;

namespace PhaseFlow.Functions.GitHub;

/// <summary>A repository on GitHub. It becomes a part of addresses, so nothing else than a name passes.</summary>
internal sealed partial record RepositoryName
{
    private RepositoryName(string owner, string name) => (Owner, Name) = (owner, name);

    public string Owner { get; }

    public string Name { get; }

    public static bool TryParse(string? text, [NotNullWhen(true)] out RepositoryName? repository)
    {
        Match match = Shape().Match(text ?? "");
        repository = match.Success && match.Groups["name"].Value is not ("." or "..")
            ? new RepositoryName(match.Groups["owner"].Value, match.Groups["name"].Value)
            : null;
        return repository is not null;
    }

    public override string ToString() => $"{Owner}/{Name}";

    // The underscore is in the names of managed users.
    [GeneratedRegex(@"\A(?<owner>[A-Za-z0-9][A-Za-z0-9_-]{0,38})/(?<name>[A-Za-z0-9._-]{1,100})\z")]
    private static partial Regex Shape();
}
