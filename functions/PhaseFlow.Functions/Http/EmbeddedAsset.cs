using System.Collections.Concurrent;
using System.Reflection;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;

namespace PhaseFlow.Functions.Http;

/// <summary>A file that is built into the app, with an entity tag of its content.</summary>
public sealed class EmbeddedAsset : IResult
{
    private static readonly ConcurrentDictionary<string, EmbeddedAsset?> Known = new(StringComparer.Ordinal);

    private readonly byte[] _content;
    private readonly string _contentType;
    private readonly string _tag;

    private EmbeddedAsset(byte[] content, string contentType)
    {
        _content = content;
        _contentType = contentType;
        _tag = $"\"{Convert.ToHexStringLower(SHA256.HashData(content).AsSpan(0, 8))}\"";
    }

    public ReadOnlyMemory<byte> Content => _content;

    /// <summary>The asset of a resource's name; null where there is none. Only names that exist are remembered.</summary>
    public static EmbeddedAsset? Find(string name)
    {
        if (Known.TryGetValue(name, out EmbeddedAsset? asset))
        {
            return asset;
        }

        using Stream? stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(name);
        if (stream is null)
        {
            return null;
        }

        byte[] content = new byte[stream.Length];
        stream.ReadExactly(content);
        return Known.GetOrAdd(name, new EmbeddedAsset(content, ContentTypeOf(name)));
    }

    public Task ExecuteAsync(HttpContext httpContext)
    {
        ArgumentNullException.ThrowIfNull(httpContext);
        HttpResponse response = httpContext.Response;
        response.Headers.ETag = _tag;
        response.Headers.CacheControl = "no-cache";
        if (httpContext.Request.Headers.IfNoneMatch.Contains(_tag))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return Task.CompletedTask;
        }

        response.ContentType = _contentType;
        response.ContentLength = _content.Length;
        return response.Body.WriteAsync(_content, httpContext.RequestAborted).AsTask();
    }

    private static string ContentTypeOf(string name) => Path.GetExtension(name) switch
    {
        ".html" => "text/html; charset=utf-8",
        ".js" => "text/javascript; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        ".svg" => "image/svg+xml",
        ".json" => "application/json; charset=utf-8",
        _ => "application/octet-stream",
    };
}
