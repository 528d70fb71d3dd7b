namespace PhaseFlow.Benchmarks.Fuzzing;

/// <summary>What an input is made of.</summary>
internal enum FuzzArea
{
    Webhook,
    Graph,
    Markdown,
    Routes,
}

/// <summary>A request that is almost right.</summary>
internal sealed record FuzzInput(FuzzArea Area, string Method, string Path, string Query, byte[] Body, string ContentType, Dictionary<string, string> Headers)
{
    public override string ToString() =>
        $"{Method} {Path}{Query} {ContentType} {string.Join(' ', Headers.Select(h => $"{h.Key}={h.Value}"))} {Convert.ToBase64String(Body)}";
}
