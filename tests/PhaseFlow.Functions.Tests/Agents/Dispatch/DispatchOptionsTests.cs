using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using PhaseFlow.Core.Webhooks;
using PhaseFlow.Functions.Agents;
using PhaseFlow.Functions.Agents.Dispatch;

namespace PhaseFlow.Functions.Tests.Agents.Dispatch;

public sealed class DispatchOptionsTests
{
    private static readonly string Secret = AttemptSecret.ToText(DispatchBench.Secret);

    [Fact]
    public void Options_WhenAnAgentHasAnAddress_AreRead()
    {
        DispatchOptions options = Read(
            ("Agents:cloud:Url", " https://agents.example.com/launch "),
            ("Agents:cloud:StopUrl", "https://agents.example.com/stop"),
            ("Agents:cloud:Secret", $"{Secret} {AttemptSecret.ToText(DispatchBench.OldSecret)}"),
            ("Agents:here:Command", "true"),
            ("Dispatch:AllowedHosts", "*.example.com"),
            ("Dispatch:Timeout", "00:00:03"));

        Assert.Equal(["cloud"], options.Types.Keys);
        Assert.Equal(("https://agents.example.com/launch", "https://agents.example.com/stop"), (options.Types["Cloud"].Url, options.Types["cloud"].StopUrl));
        Assert.Equal([DispatchBench.Secret, DispatchBench.OldSecret], options.Types["cloud"].Secrets());
        Assert.Equal(TimeSpan.FromSeconds(3), options.Timeout);
    }

    [Theory]
    [InlineData("Agents:cloud:Url", "https://evil.example/", "PhaseFlow__Agents__cloud__Url is not allowed: PhaseFlow__Dispatch__AllowedHosts does not name evil.example.")]
    [InlineData("Agents:cloud:Url", "http://agents.example.com/", "PhaseFlow__Agents__cloud__Url is not https.")]
    [InlineData("Agents:cloud:StopUrl", "https://evil.example/", "PhaseFlow__Agents__cloud__StopUrl is not allowed: PhaseFlow__Dispatch__AllowedHosts does not name evil.example.")]
    [InlineData("Agents:cloud:Secret", "", "PhaseFlow__Agents__cloud__Secret must be whsec_ and the base64 of 24 to 64 bytes: requests are signed with it.")]
    [InlineData("Agents:cloud:Secret", "whsec_c2hvcnQ=", "PhaseFlow__Agents__cloud__Secret must be whsec_ and the base64 of 24 to 64 bytes: requests are signed with it.")]
    [InlineData("Agents:cloud:Command", "true", "PhaseFlow__Agents__cloud has a Command and a Url: an agent is run here or dispatched, not both.")]
    [InlineData("Agents:external:Url", "https://agents.example.com/", "PhaseFlow__Agents__external__Url: external is built in and has no address.")]
    [InlineData("Dispatch:AllowedHosts", "*", "PhaseFlow__Dispatch__AllowedHosts: \"*\" has a * that is not its first label: give exact names, or *.example.com.")]
    [InlineData("Dispatch:Timeout", "00:02:00", "PhaseFlow__Dispatch__Timeout must be more than nothing and at most 00:01:00.")]
    public void Options_WhenSomethingCannotBeUsed_AreRefusedBeforeAnythingStarts(string name, string value, string fault)
    {
        var refusal = Assert.Throws<OptionsValidationException>(() => Read(
            ("Agents:cloud:Url", "https://agents.example.com/launch"),
            ("Agents:cloud:Secret", Secret),
            ("Agents:external:Secret", Secret),
            ("Dispatch:AllowedHosts", "agents.example.com"),
            (name, value)));

        Assert.Equal([fault], refusal.Failures);
    }

    [Fact]
    public void Services_WhenNoAgentHasAnAddress_HaveNoLauncherForThem()
    {
        IServiceCollection services = new ServiceCollection().AddDispatch(Configuration(("Agents:here:Command", "true"), ("Dispatch:AllowedHosts", "*")));

        Assert.DoesNotContain(services, s => s.ServiceType == typeof(IAgentLauncher));
    }

    private static DispatchOptions Read(params (string Name, string Value)[] settings)
    {
        using ServiceProvider services = new ServiceCollection().AddDispatch(Configuration(settings)).BuildServiceProvider();
        return services.GetRequiredService<IOptions<DispatchOptions>>().Value;
    }

    // What comes later wins.
    private static IConfigurationRoot Configuration(params (string Name, string Value)[] settings) => new ConfigurationBuilder()
        .AddInMemoryCollection(settings.GroupBy(s => s.Name).Select(g => KeyValuePair.Create($"PhaseFlow:{g.Key}", (string?)g.Last().Value)))
        .Build();
}
