using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace PhaseFlow.Core.Telemetry;

/// <summary>
/// The ids under which a feature, its phases and its attempts stand in traces (W3C Trace Context). Derived, so that what ends hours later, on another machine, or after
/// a crash belongs to the same trace, and an agent can be told of its span before that is over.
/// </summary>
/// <remarks>Lower-case hex of the first bytes of HMAC-SHA256: under a key, because two PhaseFlows both have a feature 1, and one place may collect the traces of both.</remarks>
public sealed class TraceIds
{
    private const int TraceBytes = 16;
    private const int SpanBytes = 8;

    private readonly byte[] _key;

    /// <param name="key">The secret of this PhaseFlow; the ids do not reveal it.</param>
    public TraceIds(ReadOnlySpan<byte> key) => _key = key.ToArray();

    /// <summary>The trace of a feature: 32 digits.</summary>
    public string Trace(int feature) => Derive(TraceBytes, $"trace:{feature}");

    /// <summary>The span of a feature, the root of its trace: 16 digits.</summary>
    public string Span(int feature) => Derive(SpanBytes, $"span:{feature}");

    /// <summary>The span of a phase.</summary>
    public string Span(int feature, int phase) => Derive(SpanBytes, $"span:{feature}:{phase}");

    /// <summary>The span of an attempt.</summary>
    public string Span(int feature, int phase, int attempt) => Derive(SpanBytes, $"span:{feature}:{phase}:{attempt}");

    /// <summary>The span of a feature that has ended before, and of the run with this version.</summary>
    public string SpanAgain(int feature, long version) => Derive(SpanBytes, $"again:{feature}:{version}");

    /// <summary>The span of a phase that has ended before, and ends now with this attempt.</summary>
    public string SpanAgain(int feature, int phase, int attempt) => Derive(SpanBytes, $"again:{feature}:{phase}:{attempt}");

    /// <summary>What the agent of an attempt is given as <c>traceparent</c>: what it does belongs under the attempt.</summary>
    public string Parent(int feature, int phase, int attempt) => $"00-{Trace(feature)}-{Span(feature, phase, attempt)}-01";

    private string Derive(int bytes, FormattableString name) => Convert.ToHexStringLower(
        HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes(name.ToString(CultureInfo.InvariantCulture))).AsSpan(0, bytes));
}
