using System.Reflection;
using System.Text.Json;
using PhaseFlow.Functions.Slots;

namespace PhaseFlow.Functions.Tests.Infra;

/// <summary>A setting that nothing reads is a setting that is silently ignored: the files that set any are held against the code.</summary>
public sealed class SettingsTests
{
    private const string SampleFile = "local.settings.sample.json";
    private const string Scheduler = "DURABLE_TASK_SCHEDULER_CONNECTION_STRING";

    /// <summary>What the Functions host and Azure Monitor read, and with which names the account is reached by identity.</summary>
    private static readonly string[] OfThePlatform =
    [
        "APPLICATIONINSIGHTS_AUTHENTICATION_STRING",
        "APPLICATIONINSIGHTS_CONNECTION_STRING",
        "AzureWebJobsStorage",
        "AzureWebJobsStorage__accountName",
        "AzureWebJobsStorage__clientId",
        "AzureWebJobsStorage__credential",
        "FUNCTIONS_WORKER_RUNTIME",
    ];

    [Theory]
    [InlineData(SampleFile)]
    [InlineData("infra/app.bicep")]
    public void Settings_WhenSetByAFile_AreReadByTheAppOrThePlatform(string file)
    {
        string[] names = file == SampleFile ? SampleSettings() : AppSettings();

        Assert.NotEmpty(names);
        Assert.DoesNotContain(names, name => !IsRead(name));
        Assert.Equal(names.Distinct(), names);
    }

    [Fact]
    public void AppBicep_WhenTheAccountIsReachedByIdentity_GivesItsNamesAndNoConnectionString()
    {
        string[] names = AppSettings();

        Assert.Equal(
            ["AzureWebJobsStorage__accountName", "AzureWebJobsStorage__clientId", "AzureWebJobsStorage__credential"],
            names.Where(n => n.StartsWith("AzureWebJobsStorage", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Bindings_WhenTheyNameASetting_FindItLocallyAndOnAzure()
    {
        // The host finds a setting by its colons; where settings are environment variables, each is two underscores.
        string[] bound = [.. Repository.AppSources().Append(Repository.Read("host.json"))
            .SelectMany(text => Repository.All(text, "\"%([^%\"]+)%\"")).Select(name => name.Replace(":", "__", StringComparison.Ordinal))];

        Assert.Contains("PhaseFlow__Sweep__Interval", bound);
        Assert.Empty(bound.Except(SampleSettings()));
        Assert.Empty(bound.Except(AppSettings()));
    }

    [Fact]
    public void Parameters_WhenGivenByAzd_AreThoseOfTheTemplate()
    {
        string[] known = Repository.All(Repository.Read("infra/main.bicep"), @"^param (\w+) ");
        using var given = JsonDocument.Parse(Repository.Read("infra/main.parameters.json"));

        Assert.Empty(given.RootElement.GetProperty("parameters").EnumerateObject().Select(p => p.Name).Except(known));
    }

    private static bool IsRead(string name) =>
        OfThePlatform.Contains(name)
        || (name == Scheduler && AppSettings("value").Contains($"'{Scheduler}'"))
        || (name.Split("__") is ["AzureFunctionsJobHost", .. string[] path] ? IsInHostJson(path) : AppReads().Contains(name.Replace("__", ":", StringComparison.Ordinal)));

    // What is overridden stands in the file that it overrides, so that its name is right.
    private static bool IsInHostJson(string[] path)
    {
        using var host = JsonDocument.Parse(Repository.Read("host.json"));
        JsonElement at = host.RootElement;
        return path.All(step => at.ValueKind == JsonValueKind.Object && at.TryGetProperty(step, out at));
    }

    /// <summary>The members of all options, and what is read by its whole name.</summary>
    private static HashSet<string> AppReads()
    {
        IEnumerable<string> options = typeof(SlotOptions).Assembly.GetTypes()
            .Where(t => t.Namespace?.StartsWith("PhaseFlow.Functions.", StringComparison.Ordinal) == true)
            .Select(t => (Type: t, Section: t.GetField("Section", BindingFlags.Public | BindingFlags.Static)?.GetRawConstantValue() as string))
            .Where(o => o.Section is not null)
            .SelectMany(o => o.Type.GetProperties().Where(p => p.CanWrite).Select(p => $"{o.Section}:{p.Name}"));
        IEnumerable<string> whole = Repository.AppSources().SelectMany(text => Repository.All(text, "configuration\\[\"(PhaseFlow:[A-Za-z:]+)\"\\]"));
        return [.. options, .. whole];
    }

    private static string[] SampleSettings()
    {
        using var sample = JsonDocument.Parse(Repository.Read(SampleFile));
        return [.. sample.RootElement.GetProperty("Values").EnumerateObject().Select(p => p.Name)];
    }

    /// <summary>The names, or the values, that <c>infra/</c> gives to the app: those of its module, and the secrets that the main file names.</summary>
    private static string[] AppSettings(string member = "name")
    {
        string lists = Repository.Block(Repository.Read("infra/app.bicep"), "var settings = [", "var furtherSettings");
        string secrets = Repository.Block(Repository.Read("infra/main.bicep"), "var webhookSecrets", "\n\n");
        return member == "name"
            ? [.. Repository.All(lists, "^ +name: '([^']+)'"), .. Repository.All(secrets, "^  '([^']+)'").Distinct()]
            : Repository.All(lists, $"^ +{member}: (.+)$");
    }
}
