using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using PhaseFlow.Functions.GitHub;

namespace PhaseFlow.Functions.Tests.GitHub;

public sealed class GitHubSettingsTests
{
    private static readonly RSA Key = RSA.Create(2048);

    private static string Pem => Key.ExportRSAPrivateKeyPem();

    [Fact]
    public void Read_WhenThereIsAToken_TakesItAndGitHubItself()
    {
        GitHubSettings settings = Read(("Token", " ghp_1 "), ("Repository", "octo/app"));

        Assert.Equal(("ghp_1", GitHubAddress.Default, "octo/app"), (settings.Token, settings.Address, $"{settings.Repository}"));
        Assert.Null(settings.App);
    }

    [Fact]
    public void Read_WhenTheKeyIsInAFile_TakesTheApp()
    {
        using var folder = new TempFolder();
        string file = Path.Combine(folder.Path, "app.pem");
        File.WriteAllText(file, Pem);

        GitHubSettings settings = Read(("AppId", "42"), ("InstallationId", "7"), ("PrivateKeyFile", file));

        Assert.Equal(("42", 7L), (settings.App!.Id, settings.App.Installation));
    }

    [Fact]
    public void Read_WhenTheKeyIsASetting_TakesItAsPemWithEscapesOrInBase64()
    {
        foreach (string key in new[] { Pem, Pem.Replace("\n", "\\n", StringComparison.Ordinal), Convert.ToBase64String(Encoding.UTF8.GetBytes(Pem)), Key.ExportPkcs8PrivateKeyPem() })
        {
            Assert.NotEmpty(Read(("AppId", "42"), ("PrivateKey", key)).App!.CreateJwt(DateTimeOffset.UnixEpoch));
        }
    }

    [Theory]
    [InlineData("", "PhaseFlow__GitHub__Token is not set, and neither are PhaseFlow__GitHub__AppId and its PhaseFlow__GitHub__PrivateKeyFile: GitHub needs one of the two.")]
    [InlineData("AppId=42", "PhaseFlow__GitHub__AppId is set, and PhaseFlow__GitHub__PrivateKeyFile is not: set the file of the app's private key.")]
    [InlineData("AppId=42;PrivateKey=s3cret", "PhaseFlow__GitHub__PrivateKey holds no private RSA key in PEM.")]
    [InlineData("AppId=42;PrivateKeyFile=/nowhere/app.pem", "PhaseFlow__GitHub__PrivateKeyFile cannot be read: Could not find a part of the path '/nowhere/app.pem'.")]
    [InlineData("Token=ghp_s3cret;AppId=42;PrivateKey=$pem", "PhaseFlow__GitHub__Token and a GitHub App are both set: GitHub needs one of the two.")]
    [InlineData("PrivateKey=$pem", "PhaseFlow__GitHub__AppId is not set, and a private key is: set the id of the app that it belongs to.")]
    [InlineData("AppId=42;PrivateKey=$pem;InstallationId=x", "PhaseFlow__GitHub__InstallationId is a number.")]
    [InlineData("Token=ghp_s3cret;Repository=octo", "PhaseFlow__GitHub__Repository is written owner/name.")]
    [InlineData("Token=ghp_s3cret;BaseUrl=http://github.example.com", "PhaseFlow__GitHub__BaseUrl cannot be used: credentials are sent over https alone. It is written https://github.example.com.")]
    public void Read_WhenSomethingIsMissingOrWrong_SaysWhatAndShowsNoSecret(string settings, string fault)
    {
        (string, string)[] pairs =
            [.. settings.Replace("$pem", Convert.ToBase64String(Encoding.UTF8.GetBytes(Pem)), StringComparison.Ordinal).Split(';', StringSplitOptions.RemoveEmptyEntries)
                .Select(s => (s[..s.IndexOf('=', StringComparison.Ordinal)], s[(s.IndexOf('=', StringComparison.Ordinal) + 1)..]))];

        OptionsValidationException invalid = Assert.Throws<OptionsValidationException>(() => Read(pairs));

        Assert.Equal(fault, Assert.Single(invalid.Failures));
        Assert.DoesNotContain("s3cret", invalid.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https://github.com", "https://github.com/", "https://api.github.com/")]
    [InlineData("https://api.github.com/", "https://github.com/", "https://api.github.com/")]
    [InlineData("https://git.example.com", "https://git.example.com/", "https://git.example.com/api/v3/")]
    [InlineData("https://git.example.com:8443/api/v3", "https://git.example.com:8443/", "https://git.example.com:8443/api/v3/")]
    [InlineData("https://octo.ghe.com", "https://octo.ghe.com/", "https://api.octo.ghe.com/")]
    [InlineData("https://api.octo.ghe.com", "https://octo.ghe.com/", "https://api.octo.ghe.com/")]
    [InlineData("http://127.0.0.1:8080", "http://127.0.0.1:8080/", "http://127.0.0.1:8080/api/v3/")]
    [InlineData("http://localhost:8080/", "http://localhost:8080/", "http://localhost:8080/api/v3/")]
    public void TryParse_WhenItIsAnAddress_KnowsWhereTheApiIs(string text, string web, string api)
    {
        Assert.True(GitHubAddress.TryParse(text, out GitHubAddress? address, out _));
        Assert.Equal((new Uri(web), new Uri(api)), (address.Web, address.Api));
    }

    [Theory]
    [InlineData("git.example.com", "it is no address")]
    [InlineData("ftp://git.example.com", "it is no address")]
    [InlineData("http://git.example.com", "credentials are sent over https alone")]
    [InlineData("http://127.0.0.1.example.com", "credentials are sent over https alone")]
    [InlineData("https://user:pass@git.example.com", "it has more than a host")]
    [InlineData("https://git.example.com?x=1", "it has more than a host")]
    [InlineData("https://git.example.com/somewhere", "it has a path")]
    public void TryParse_WhenItCannotBeOne_SaysWhy(string text, string why)
    {
        Assert.False(GitHubAddress.TryParse(text, out _, out string? fault));
        Assert.Equal(why, fault);
    }

    [Theory]
    [InlineData("octo/app", true)]
    [InlineData("octo-1/app.js_2-x", true)]
    [InlineData("octo_company/.github", true)]
    [InlineData("octo", false)]
    [InlineData("octo/app/issues", false)]
    [InlineData("octo/..", false)]
    [InlineData("octo/.", false)]
    [InlineData("../app", false)]
    [InlineData("octo/app?x=1", false)]
    [InlineData("octo/app\n", false)]
    [InlineData("öcto/app", false)]
    [InlineData("-octo/app", false)]
    [InlineData("", false)]
    public void TryParse_WhenARepositoryIsNamed_TakesNamesAlone(string text, bool isName) => Assert.Equal(isName, RepositoryName.TryParse(text, out _));

    [Fact]
    public void CreateJwt_WhenItIsMade_IsSignedAndHoldsForNineMinutes()
    {
        DateTimeOffset now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

        string[] parts = Read(("AppId", "42"), ("PrivateKey", Pem)).App!.CreateJwt(now).Split('.');

        Assert.True(Key.VerifyData(Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}"), Base64Url.DecodeFromChars(parts[2]), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));
        Assert.Equal("RS256", JsonElement.Parse(Base64Url.DecodeFromChars(parts[0])).GetProperty("alg").GetString());
        JsonElement body = JsonElement.Parse(Base64Url.DecodeFromChars(parts[1]));
        Assert.Equal("42", body.GetProperty("iss").GetString());
        Assert.Equal(now.AddMinutes(-1).ToUnixTimeSeconds(), body.GetProperty("iat").GetInt64());
        Assert.Equal(now.AddMinutes(9).ToUnixTimeSeconds(), body.GetProperty("exp").GetInt64());
    }

    private static GitHubSettings Read(params (string Key, string Value)[] settings) => GitHubSettings.Read(new ConfigurationBuilder()
        .AddInMemoryCollection(settings.Select(s => KeyValuePair.Create($"PhaseFlow:GitHub:{s.Key}", (string?)s.Value))).Build());
}
