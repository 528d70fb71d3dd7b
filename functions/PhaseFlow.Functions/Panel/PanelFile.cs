using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using PhaseFlow.Functions.Http;

namespace PhaseFlow.Functions.Panel;

/// <summary>A file of the panel as it was built: its bytes, and the same compressed.</summary>
public sealed class PanelFile
{
    private const string Forever = "public, max-age=31536000, immutable";

    private readonly string _contentType;
    private readonly bool _isHashed;
    private readonly Form _plain;
    private readonly Form[] _compressed;

    /// <summary>Makes a file of the forms that were built.</summary>
    /// <param name="name">Its path from the page; what stands in <c>assets/</c> has a hash of its content in its name.</param>
    /// <param name="content">Its bytes.</param>
    /// <param name="brotli">Its bytes compressed with brotli; null where that was not worth it.</param>
    /// <param name="gzip">Its bytes compressed with gzip; null where that was not worth it.</param>
    public PanelFile(string name, byte[] content, byte[]? brotli, byte[]? gzip)
    {
        ArgumentNullException.ThrowIfNull(name);
        _contentType = ContentTypeOf(name);
        _isHashed = name.StartsWith("assets/", StringComparison.Ordinal);
        _plain = new Form(null, content);
        _compressed = [.. new[] { brotli is null ? null : new Form("br", brotli), gzip is null ? null : new Form("gzip", gzip) }.OfType<Form>()];
    }

    public ReadOnlyMemory<byte> Content => _plain.Bytes;

    /// <summary>The file as an answer to this request: compressed as the client takes it, or 304 where it has it.</summary>
    public Task WriteAsync(HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        if (_compressed.Length > 0)
        {
            context.Response.Headers.Vary = HeaderNames.AcceptEncoding;
        }

        return WriteAsync(context, FormFor(context.Request));
    }

    /// <summary>The page for a path that lies deeper than the panel: what it loads is named from there.</summary>
    public Task WriteAsync(HttpContext context, int depth)
    {
        string up = string.Concat(Enumerable.Repeat("../", depth));
        string page = Encoding.UTF8.GetString(_plain.Bytes).Replace("=\"./", $"=\"{up}", StringComparison.Ordinal);
        return WriteAsync(context, new Form(null, Encoding.UTF8.GetBytes(page)));
    }

    private async Task WriteAsync(HttpContext context, Form form)
    {
        HttpResponse response = context.Response;
        SecurityHeaders.Apply(response);
        response.Headers.ETag = form.Tag.ToString();
        response.Headers.CacheControl = _isHashed ? Forever : "no-cache";
        if (context.Request.GetTypedHeaders().IfNoneMatch.Any(known => known.Equals(EntityTagHeaderValue.Any) || known.Compare(form.Tag, useStrongComparison: false)))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        if (form.Encoding is not null)
        {
            response.Headers.ContentEncoding = form.Encoding;
        }

        response.ContentType = _contentType;
        response.ContentLength = form.Bytes.Length;
        await response.Body.WriteAsync(form.Bytes, context.RequestAborted);
    }

    private Form FormFor(HttpRequest request)
    {
        IList<StringWithQualityHeaderValue> taken = request.GetTypedHeaders().AcceptEncoding;
        return Array.Find(_compressed, form => taken.Any(t => t.Value.Equals(form.Encoding, StringComparison.OrdinalIgnoreCase) && t.Quality is not 0)) ?? _plain;
    }

    private static string ContentTypeOf(string name) => Path.GetExtension(name) switch
    {
        ".html" => "text/html; charset=utf-8",
        ".js" => "text/javascript; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        ".svg" => "image/svg+xml",
        ".txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    };

    private sealed record Form(string? Encoding, byte[] Bytes)
    {
        public EntityTagHeaderValue Tag { get; } = new($"\"{Convert.ToHexStringLower(SHA256.HashData(Bytes).AsSpan(0, 8))}{(Encoding is null ? "" : "-" + Encoding)}\"");
    }
}
