using Microsoft.Extensions.Options;
using PhaseFlow.Core.Webhooks;
using PhaseFlow.Functions.Webhooks;

namespace PhaseFlow.Functions.Tests.Webhooks;

public sealed class WebhookSecretsTests
{
    private static readonly byte[] Current = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];
    private static readonly byte[] Previous = [.. Enumerable.Range(100, 40).Select(i => (byte)i)];

    [Fact]
    public void SecretsOf_WhenTheKeyWasRotated_HasBothAndSignsWithTheCurrentOne()
    {
        WebhookSecrets secrets = Make(Convert.ToBase64String(Current), Convert.ToBase64String(Previous));

        Assert.Equal(
            [AttemptSecret.Derive(Current, "queue-1-2", 3), AttemptSecret.Derive(Previous, "queue-1-2", 3)], secrets.SecretsOf("queue-1-2", 3));
        Assert.Equal(AttemptSecret.ToText(AttemptSecret.Derive(Current, "queue-1-2", 3)), secrets.SecretText("queue-1-2", 3));
    }

    [Fact]
    public void SecretsOf_WhenTheKeyWasNeverRotated_HasOne() =>
        Assert.Single(Make(Convert.ToBase64String(Current), "").SecretsOf("queue-1-2", 3));

    [Theory]
    [InlineData("", "", "PhaseFlow__Webhooks__MasterKey is not set")]
    [InlineData("not base64!", "", "PhaseFlow__Webhooks__MasterKey is not base64")]
    [InlineData("c2hvcnQ=", "", "PhaseFlow__Webhooks__MasterKey holds 5 bytes")]
    [InlineData("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", "c2hvcnQ=", "PhaseFlow__Webhooks__PreviousMasterKey holds 5 bytes")]
    public void New_WhenAKeyIsUnusable_NamesTheSettingAndTheFault(string current, string previous, string expected)
    {
        OptionsValidationException error = Assert.Throws<OptionsValidationException>(() => Make(current, previous));

        Assert.StartsWith(expected, error.Message, StringComparison.Ordinal);
    }

    private static WebhookSecrets Make(string current, string previous) =>
        new(Options.Create(new WebhookOptions { MasterKey = current, PreviousMasterKey = previous }));
}
