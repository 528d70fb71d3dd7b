using FsCheck;
using FsCheck.Fluent;
using PhaseFlow.Core.Webhooks;
using Xunit;

namespace PhaseFlow.Core.Tests.Webhooks;

public sealed class AttemptSecretTests
{
    private static readonly byte[] MasterKey = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];

    // Made with another implementation of HMAC, so that an agent's own derivation can be checked against it too.
    [Fact]
    public void Derive_WhenTheInputsAreKnown_GivesTheKnownSecret() =>
        Assert.Equal("whsec_IZySCkmdJ70EJMPxlV7oiAgBqnoQEOL2tvn8G8zvavA=", AttemptSecret.ToText(AttemptSecret.Derive(MasterKey, "queue-104-2", 1)));

    [Fact]
    public void Derive_WhenQueueIdAttemptOrKeyIsAnother_GivesAnotherSecret()
    {
        byte[][] secrets =
        [
            AttemptSecret.Derive(MasterKey, "queue-104-2", 1),
            AttemptSecret.Derive(MasterKey, "queue-104-2", 2),
            AttemptSecret.Derive(MasterKey, "queue-104-3", 1),
            AttemptSecret.Derive([.. MasterKey.Reverse()], "queue-104-2", 1),
        ];

        Assert.Equal(secrets.Length, secrets.Select(Convert.ToHexString).Distinct().Count());
    }

    [Fact]
    public void Derive_WhenAnInputIsUnusable_Throws()
    {
        Assert.Throws<ArgumentException>(() => AttemptSecret.Derive(MasterKey.AsSpan(1), "queue-104-2", 1));
        Assert.Throws<ArgumentException>(() => AttemptSecret.Derive(MasterKey, "", 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => AttemptSecret.Derive(MasterKey, "queue-104-2", 0));
    }

    [Fact]
    public void TryParse_WhenASecretWasPrinted_ReadsItBack() =>
        Check.One(Config.QuickThrowOnFailure, Prop.ForAll(
            Arb.From(Gen.Choose(24, 64).SelectMany(n => Gen.ArrayOf(Gen.Choose(0, 255).Select(b => (byte)b), n))),
            secret =>
            {
                Assert.True(AttemptSecret.TryParse(AttemptSecret.ToText(secret), out byte[]? read));
                Assert.Equal(secret, read);
            }));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("whsec_")]
    [InlineData("whsec_????")]
    [InlineData("whsec_AAAA")]
    [InlineData("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")]
    [InlineData("WHSEC_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")]
    [InlineData("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS")]
    public void TryParse_WhenTheTextIsNoSecret_RefusesIt(string? text)
    {
        Assert.False(AttemptSecret.TryParse(text, out byte[]? secret));
        Assert.Null(secret);
    }

    [Theory]
    [InlineData(23)]
    [InlineData(65)]
    [InlineData(100_000)]
    public void TryParse_WhenTheSecretHasAnotherLength_RefusesIt(int length) =>
        Assert.False(AttemptSecret.TryParse(AttemptSecret.ToText(new byte[length]), out _));
}
