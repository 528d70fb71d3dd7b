using System.Globalization;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using PhaseFlow.Core.Webhooks;
using Xunit;

namespace PhaseFlow.Core.Tests.Webhooks;

public sealed class WebhookSignatureTests
{
    // The vector that implementations of Standard Webhooks share.
    private const string Id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    private const string Timestamp = "1614265330";
    private const string Signature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
    private static readonly byte[] Body = Encoding.UTF8.GetBytes("""{"test": 2432232314}""");
    private static readonly byte[] Secret = SecretOf("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    private static readonly DateTimeOffset SentAt = DateTimeOffset.FromUnixTimeSeconds(1614265330);

    [Fact]
    public void Sign_WhenTheVectorIsSigned_GivesItsSignature() =>
        Assert.Equal(Signature, WebhookSignature.Sign(Id, SentAt, Body, Secret));

    [Fact]
    public void Verify_WhenTheVectorIsVerified_IsValid() => Assert.Equal(SignatureVerdict.Valid, Verify());

    [Theory]
    [InlineData(300, SignatureVerdict.Valid)]
    [InlineData(301, SignatureVerdict.TooOld)]
    [InlineData(-300, SignatureVerdict.Valid)]
    [InlineData(-301, SignatureVerdict.TooNew)]
    public void Verify_WhenTheClockMovesOn_ToleratesFiveMinutesEitherWay(int seconds, SignatureVerdict verdict) =>
        Assert.Equal(verdict, WebhookSignature.Verify(Id, Timestamp, Signature, Body, [Secret], SentAt.AddSeconds(seconds)));

    [Theory]
    [InlineData(null, Timestamp, Signature)]
    [InlineData("", Timestamp, Signature)]
    [InlineData(" ", Timestamp, Signature)]
    [InlineData("msg\n", Timestamp, Signature)]
    [InlineData("mség", Timestamp, Signature)]
    [InlineData(Id, null, Signature)]
    [InlineData(Id, "", Signature)]
    [InlineData(Id, Timestamp, null)]
    [InlineData(Id, Timestamp, "  ")]
    public void Verify_WhenAHeaderIsMissingOrTheIdUnusable_SaysSo(string? id, string? timestamp, string? signatures) =>
        Assert.Equal(SignatureVerdict.MissingHeader, WebhookSignature.Verify(id, timestamp, signatures, Body, [Secret], SentAt));

    [Theory]
    [InlineData(256, SignatureVerdict.Valid)]
    [InlineData(257, SignatureVerdict.MissingHeader)]
    public void Verify_WhenTheIdIsLong_AllowsAnIdOf256Characters(int length, SignatureVerdict verdict)
    {
        string id = new('x', length);
        string signature = length <= WebhookSignature.MaxIdLength ? WebhookSignature.Sign(id, SentAt, Body, Secret) : Signature;

        Assert.Equal(verdict, WebhookSignature.Verify(id, Timestamp, signature, Body, [Secret], SentAt));
    }

    [Theory]
    [InlineData("now")]
    [InlineData("-1614265330")]
    [InlineData("+1614265330")]
    [InlineData(" 1614265330")]
    [InlineData("1614265330.0")]
    [InlineData("1,614,265,330")]
    [InlineData("2021-02-25T15:02:10Z")]
    [InlineData("99999999999999999999999999")]
    [InlineData("١٦١٤٢٦٥٣٣٠")]
    public void Verify_WhenTheTimestampIsNoCountOfSeconds_SaysSo(string timestamp) =>
        Assert.Equal(SignatureVerdict.MalformedTimestamp, WebhookSignature.Verify(Id, timestamp, Signature, Body, [Secret], SentAt));

    [Theory]
    [InlineData("v1,AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= " + Signature)]
    [InlineData(Signature + " v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg==")]
    [InlineData("  v2,x  ,  v1, v1 garbage  " + Signature + " ")]
    public void Verify_WhenOneOfSeveralSignaturesMatches_IsValid(string signatures) =>
        Assert.Equal(SignatureVerdict.Valid, Verify(signatures));

    [Theory]
    [InlineData("g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")]
    [InlineData("v2,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")]
    [InlineData("V1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")]
    [InlineData("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE")]
    [InlineData("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OF=")]
    [InlineData("v1,g0hM9SsE-OTPJTGt_tmIKtSyZlE3uFJELVlNIOLJ1OE=")]
    [InlineData("v1,ŧ0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")]
    [InlineData("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=,")]
    [InlineData("v1,A0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE= v1,g")]
    public void Verify_WhenASignatureIsSpelledOtherwise_IsNoMatch(string signature) =>
        Assert.Equal(SignatureVerdict.NoMatch, Verify(signature));

    [Theory]
    [InlineData(15, SignatureVerdict.Valid)]
    [InlineData(16, SignatureVerdict.NoMatch)]
    public void Verify_WhenTheHeaderHoldsManySignatures_LooksAtSixteen(int before, SignatureVerdict verdict) =>
        Assert.Equal(verdict, Verify(string.Concat(Enumerable.Repeat("v1,x ", before)) + Signature));

    [Fact]
    public void Verify_WhenSecretsRotate_AcceptsEachOfThem()
    {
        byte[] next = new byte[32];

        Assert.Equal(SignatureVerdict.Valid, Verify(Signature, next, Secret));
        Assert.Equal(SignatureVerdict.Valid, Verify(Signature, Secret, next));
        Assert.Equal(SignatureVerdict.NoMatch, Verify(Signature, next));
        Assert.Equal(SignatureVerdict.NoMatch, WebhookSignature.Verify(Id, Timestamp, Signature, Body, [], SentAt));
    }

    // An unset secret must not become a secret that everybody knows. The signature is that of an empty HMAC key.
    [Fact]
    public void Verify_WhenTheSecretIsEmpty_IsNoMatch() =>
        Assert.Equal(SignatureVerdict.NoMatch, Verify("v1,woH/1mJtZGSMCmpFTxRYbStS24eLLD/oXIYr4PYyZ7g=", Array.Empty<byte>()));

    // The seed trusts the body alone: one agent could speak for another.
    [Fact]
    public void Verify_WhenAnotherAttemptsSecretSigned_IsNoMatch()
    {
        byte[] masterKey = new byte[AttemptSecret.MinMasterKeyLength];
        byte[] past = AttemptSecret.Derive(masterKey, "queue-104-2", 1);
        byte[] current = AttemptSecret.Derive(masterKey, "queue-104-2", 2);

        string signature = WebhookSignature.Sign(Id, SentAt, Body, past);

        Assert.Equal(SignatureVerdict.Valid, Verify(signature, past));
        Assert.Equal(SignatureVerdict.NoMatch, Verify(signature, current));
    }

    [Fact]
    public void Verify_WhenAnythingWasSigned_IsValid() => ForAnyDelivery(delivery =>
        Assert.Equal(SignatureVerdict.Valid, delivery.Verify()));

    [Fact]
    public void Verify_WhenAnyOneBitIsFlipped_IsNeverValid() => ForAnyDelivery(delivery =>
    {
        for (int bit = 0; bit < 7; bit++)
        {
            Assert.All(Enumerable.Range(0, delivery.Id.Length), i => AssertRefused(delivery with { Id = Flip(delivery.Id, i, bit) }));
            Assert.All(Enumerable.Range(0, delivery.Timestamp.Length), i => AssertRefused(delivery with { Timestamp = Flip(delivery.Timestamp, i, bit) }));
            Assert.All(Enumerable.Range(0, delivery.Signature.Length), i => AssertRefused(delivery with { Signature = Flip(delivery.Signature, i, bit) }));
        }

        for (int bit = 0; bit < 8; bit++)
        {
            Assert.All(Enumerable.Range(0, delivery.Body.Length), i => AssertRefused(delivery with { Body = Flip(delivery.Body, i, bit) }));
            Assert.All(Enumerable.Range(0, delivery.Secret.Length), i => AssertRefused(delivery with { Secret = Flip(delivery.Secret, i, bit) }));
        }

        static void AssertRefused(Delivery changed) => Assert.NotEqual(SignatureVerdict.Valid, changed.Verify());
    });

    [Fact]
    public void Verify_WhenTheHeadersAreNoise_NeverThrowsAndIsNeverValid() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(1000), Prop.ForAll(
            ArbMap.Default.ArbFor<string>(),
            ArbMap.Default.ArbFor<string>(),
            ArbMap.Default.ArbFor<string>(),
            (id, timestamp, signatures) =>
            {
                Assert.NotEqual(SignatureVerdict.Valid, WebhookSignature.Verify(id, timestamp, signatures, Body, [Secret], SentAt));
                Assert.NotEqual(SignatureVerdict.Valid, WebhookSignature.Verify(Id, timestamp, signatures, Body, [Secret], SentAt));
                Assert.NotEqual(SignatureVerdict.Valid, WebhookSignature.Verify(Id, Timestamp, signatures, Body, [Secret], SentAt));
                Assert.NotEqual(SignatureVerdict.Valid, WebhookSignature.Verify(Id, Timestamp, "v1," + signatures, Body, [Secret], SentAt));
            }));

    [Fact]
    public void Sign_WhenAnInputIsUnusable_Throws()
    {
        Assert.Throws<ArgumentException>(() => WebhookSignature.Sign("", SentAt, Body, Secret));
        Assert.Throws<ArgumentException>(() => WebhookSignature.Sign("a\nb", SentAt, Body, Secret));
        Assert.Throws<ArgumentException>(() => WebhookSignature.Sign(Id, SentAt, Body, []));
        Assert.Throws<ArgumentOutOfRangeException>(() => WebhookSignature.Sign(Id, DateTimeOffset.UnixEpoch.AddSeconds(-1), Body, Secret));
    }

    private static void ForAnyDelivery(Action<Delivery> assert)
    {
        Gen<byte> bytes = Gen.Choose(0, 255).Select(b => (byte)b);
        Gen<Delivery> deliveries =
            from id in Gen.NonEmptyListOf(Gen.Choose('!', '~').Select(c => (char)c))
            from seconds in Gen.Choose(0, int.MaxValue)
            from body in Gen.ArrayOf(bytes)
            from length in Gen.Choose(24, 64)
            from secret in Gen.ArrayOf(bytes, length)
            let at = DateTimeOffset.FromUnixTimeSeconds(seconds)
            let name = string.Concat(id)
            select new Delivery(
                name, seconds.ToString(CultureInfo.InvariantCulture), WebhookSignature.Sign(name, at, body, secret), body, secret, at);

        Check.One(Config.QuickThrowOnFailure, Prop.ForAll(Arb.From(deliveries), assert));
    }

    private static string Flip(string text, int index, int bit) => text[..index] + (char)(text[index] ^ (1 << bit)) + text[(index + 1)..];

    private static byte[] Flip(byte[] bytes, int index, int bit)
    {
        byte[] flipped = [.. bytes];
        flipped[index] ^= (byte)(1 << bit);
        return flipped;
    }

    private static SignatureVerdict Verify(string signatures = Signature, params byte[][] secrets) =>
        WebhookSignature.Verify(Id, Timestamp, signatures, Body, secrets.Length == 0 ? [Secret] : secrets, SentAt);

    private static byte[] SecretOf(string text) =>
        AttemptSecret.TryParse(text, out byte[]? secret) ? secret : throw new ArgumentException("No secret.", nameof(text));

    private sealed record Delivery(string Id, string Timestamp, string Signature, byte[] Body, byte[] Secret, DateTimeOffset At)
    {
        public SignatureVerdict Verify() => WebhookSignature.Verify(Id, Timestamp, Signature, Body, [Secret], At);
    }
}
