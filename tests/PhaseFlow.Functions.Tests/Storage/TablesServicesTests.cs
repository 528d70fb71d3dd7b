using Microsoft.Extensions.Configuration;
using PhaseFlow.Functions.Azure.Tables;

namespace PhaseFlow.Functions.Tests.Storage;

public sealed class TablesServicesTests
{
    [Theory]
    [InlineData("AzureWebJobsStorage", "UseDevelopmentStorage=true", "http://127.0.0.1:10002/devstoreaccount1")]
    [InlineData("AzureWebJobsStorage:tableServiceUri", "https://flow.table.core.windows.net/", "https://flow.table.core.windows.net")]
    [InlineData("AzureWebJobsStorage:accountName", "flow", "https://flow.table.core.windows.net")]
    public void Connect_WhenAnAccountIsSet_ReachesIt(string setting, string value, string expected) =>
        Assert.Equal(expected, TablesServices.Connect(Configuration((setting, value))).Uri.ToString().TrimEnd('/'));

    [Fact]
    public void Connect_WhenAnAddressIsSetBesideAConnectionString_TakesTheAddress() =>
        Assert.Equal("flow.table.core.windows.net", TablesServices.Connect(Configuration(
            ("AzureWebJobsStorage", "UseDevelopmentStorage=true"), ("AzureWebJobsStorage:accountName", "flow"))).Uri.Host);

    [Fact]
    public void Connect_WhenNoAccountIsSet_SaysWhichSettingIsMissing() =>
        Assert.Contains(
            "AzureWebJobsStorage__tableServiceUri", Assert.Throws<InvalidOperationException>(() => TablesServices.Connect(Configuration())).Message, StringComparison.Ordinal);

    private static IConfiguration Configuration(params (string Key, string Value)[] settings) =>
        new ConfigurationBuilder().AddInMemoryCollection(settings.ToDictionary(s => s.Key, s => (string?)s.Value)).Build();
}
