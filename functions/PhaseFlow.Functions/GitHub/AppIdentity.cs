using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace PhaseFlow.Functions.GitHub;

/// <summary>A GitHub App: what it proves itself with. It is no record, whose text would show the key.</summary>
internal sealed class AppIdentity(string id, string privateKey, long? installation)
{
    // The longest that GitHub accepts is ten minutes. The beginning lies back by what clocks may differ.
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(9);
    private static readonly TimeSpan ClockSkew = TimeSpan.FromMinutes(1);

    /// <summary>The app id, or the client id.</summary>
    public string Id { get; } = id;

    /// <summary>The installation to use; null finds that of a repository's owner.</summary>
    public long? Installation { get; } = installation;

    /// <summary>A JSON Web Token (RS256) that proves to be the app.</summary>
    public string CreateJwt(DateTimeOffset now)
    {
        string head = Encode(JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, string> { ["alg"] = "RS256", ["typ"] = "JWT" }));
        string body = Encode(JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, object>
        {
            ["iat"] = (now - ClockSkew).ToUnixTimeSeconds(),
            ["exp"] = (now + Lifetime).ToUnixTimeSeconds(),
            ["iss"] = Id,
        }));
        using var rsa = RSA.Create();
        rsa.ImportFromPem(privateKey);
        byte[] signature = rsa.SignData(Encoding.ASCII.GetBytes($"{head}.{body}"), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        return $"{head}.{body}.{Encode(signature)}";
    }

    /// <summary>The key as PEM: as it is, with <c>\n</c> for its line breaks, or in base64, as it is put into a variable. Null where it is no private RSA key.</summary>
    public static string? ReadKey(string text)
    {
        string pem = text.Replace("\\n", "\n", StringComparison.Ordinal).Trim();
        var bytes = new byte[pem.Length];
        if (!pem.StartsWith("-----", StringComparison.Ordinal) && Convert.TryFromBase64String(pem, bytes, out int length))
        {
            pem = Encoding.UTF8.GetString(bytes, 0, length);
        }

        try
        {
            using var rsa = RSA.Create();
            rsa.ImportFromPem(pem);
            rsa.SignData([], HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
            return pem;
        }
        catch (Exception fault) when (fault is ArgumentException or CryptographicException)
        {
            return null;
        }
    }

    private static string Encode(byte[] bytes) => Base64Url.EncodeToString(bytes);
}
