using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using PhaseFlow.Functions.Features;
using PhaseFlow.Functions.Tests.Http;

namespace PhaseFlow.Functions.Tests.Features;

public sealed class SpendOptionsTests : IAsyncLifetime
{
    private const string Path = "/api/v1/planned-features";
    private const string Plan = "# F\n\n## Phase 1: One\nDo.\n";

    private readonly HttpTestHost _host = new() { MaxCostUsd = 5 };

    public Task InitializeAsync() => _host.InitializeAsync();

    public Task DisposeAsync() => _host.DisposeAsync();

    [Theory]
    [InlineData(null, null)]
    [InlineData("", null)]
    [InlineData("0.0001", 0.0001)]
    [InlineData("1000000", 1_000_000.0)]
    public void Value_WhenTheSettingCanBeUsed_IsTheCap(string? setting, double? cap) => Assert.Equal((decimal?)cap, Read(setting).MaxCostUsd);

    [Theory]
    [InlineData("0")]
    [InlineData("-5")]
    [InlineData("1000000.5")]
    [InlineData("0.00001")]
    public void Value_WhenNoFeatureCouldNameTheCap_SaysWhichSettingAndWhy(string setting)
    {
        var refused = Assert.Throws<OptionsValidationException>(() => Read(setting));

        Assert.Equal(
            $"PhaseFlow__Spend__MaxCostUsd is {setting}: it must be more than 0 and at most 1000000, with at most 4 decimals.", Assert.Single(refused.Failures));
    }

    [Fact]
    public async Task Submit_WhenAFeatureNamesNoCap_StoresThatOfTheSettings()
    {
        using HttpResponseMessage response = await _host.PostMarkdownAsync(Path, Plan);

        JsonElement feature = await Answer.JsonOf(response, 201);
        Assert.Equal(5, feature.GetProperty("max_cost_usd").GetDecimal());
        Assert.Equal(5, (await _host.Store.GetFeatureAsync(feature.GetProperty("id").GetInt32(), CancellationToken.None))!.Run.MaxCostUsd);
    }

    [Fact]
    public async Task Submit_WhenAFeatureNamesItsOwnCap_KeepsIt()
    {
        using HttpResponseMessage response = await _host.PostMarkdownAsync(Path, Plan.Replace("# F\n", "# F\nMax cost: 7.5\n", StringComparison.Ordinal));

        Assert.Equal(7.5m, (await Answer.JsonOf(response, 201)).GetProperty("max_cost_usd").GetDecimal());
    }

    [Fact]
    public async Task Submit_WhenAPlanIsOnlyToBeValidated_FillsTheCapIn()
    {
        using HttpResponseMessage response = await _host.PostMarkdownAsync(Path + "?validate=true", Plan);

        Assert.Equal(5, (await Answer.JsonOf(response, 200)).GetProperty("max_cost_usd").GetDecimal());
    }

    private static SpendOptions Read(string? setting)
    {
        IConfigurationRoot settings = new ConfigurationBuilder()
            .AddInMemoryCollection(new Dictionary<string, string?> { ["PhaseFlow:Spend:MaxCostUsd"] = setting }).Build();
        using ServiceProvider services = new ServiceCollection().AddPhaseFlow(settings).BuildServiceProvider();
        return services.GetRequiredService<IOptions<SpendOptions>>().Value;
    }
}
