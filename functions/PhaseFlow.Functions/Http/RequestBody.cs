using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Microsoft.AspNetCore.Http;

namespace PhaseFlow.Functions.Http;

/// <summary>Reads bodies within a limit, and says what is wrong with one that cannot be read.</summary>
public static class RequestBody
{
    /// <summary>Bytes of an operator's body.</summary>
    public const int Limit = 1024 * 1024;

    /// <summary>Bytes of a webhook's body.</summary>
    public const int WebhookLimit = 256 * 1024;

    // Deep enough for anything real; keeps a hostile body from costing much.
    private const int MaxDepth = 32;

    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    /// <summary>The body's bytes; null where it has more than the limit, of which no more is read than is needed to know it.</summary>
    public static async Task<byte[]?> ReadAsync(HttpRequest request, int limit, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request.ContentLength > limit)
        {
            return null;
        }

        PipeReader reader = request.BodyReader;
        while (true)
        {
            ReadResult read = await reader.ReadAsync(cancellation);
            if (read.Buffer.Length > limit)
            {
                reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
                return null;
            }

            if (read.IsCompleted)
            {
                byte[] bytes = read.Buffer.ToArray();
                reader.AdvanceTo(read.Buffer.End);
                return bytes;
            }

            reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    /// <summary>The body as text, without a byte order mark.</summary>
    public static (string? Text, ProblemResult? Refusal) ToText(byte[] body)
    {
        ArgumentNullException.ThrowIfNull(body);
        ReadOnlySpan<byte> bytes = WithoutMark(body);
        if (bytes.IsEmpty)
        {
            return (null, Empty("empty-body"));
        }

        return Utf8.IsValid(bytes) ? (Encoding.UTF8.GetString(bytes), null) : (null, NotUtf8());
    }

    /// <summary>The body as JSON; a body that is not is refused with the place of its first fault.</summary>
    public static (JsonElement Json, ProblemResult? Refusal) ToJson(byte[] body)
    {
        ArgumentNullException.ThrowIfNull(body);
        ReadOnlySpan<byte> bytes = WithoutMark(body);
        if (!Utf8.IsValid(bytes))
        {
            return (default, NotUtf8());
        }

        if (bytes.IsEmpty)
        {
            return (default, Empty("malformed-json"));
        }

        try
        {
            var reader = new Utf8JsonReader(bytes, new JsonReaderOptions { MaxDepth = MaxDepth });
            JsonElement json = JsonElement.ParseValue(ref reader);
            reader.Read(); // throws where anything but space follows
            return (json, null);
        }
        catch (JsonException fault)
        {
            int line = (int)(fault.LineNumber ?? 0) + 1;
            int column = (int)(fault.BytePositionInLine ?? 0) + 1;
            string message = string.Create(CultureInfo.InvariantCulture, $"The body is not JSON: line {line}, column {column}.");
            return (default, Problems.Malformed(new ProblemError("malformed-json", message) { Line = line, Column = column }));
        }
    }

    /// <summary>Reads a body and parses it as JSON; an empty one counts as <c>{}</c> where it may be left out.</summary>
    public static async Task<(JsonElement Json, ProblemResult? Refusal)> ReadJsonAsync(
        HttpRequest request, bool isOptional, CancellationToken cancellation)
    {
        byte[]? body = await ReadAsync(request, Limit, cancellation);
        return body is null ? (default, Problems.TooLarge(Limit)) : ToJson(isOptional && body.Length == 0 ? "{}"u8.ToArray() : body);
    }

    private static ReadOnlySpan<byte> WithoutMark(ReadOnlySpan<byte> bytes) => bytes.StartsWith(ByteOrderMark) ? bytes[3..] : bytes;

    private static ProblemResult Empty(string code) => Problems.Malformed(new ProblemError(code, "The body is empty.") { Line = 1, Column = 1 });

    private static ProblemResult NotUtf8() => Problems.Malformed(new ProblemError("not-utf8", "The body is not UTF-8."));
}
