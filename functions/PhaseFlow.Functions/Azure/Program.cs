using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using PhaseFlow.Functions;
using PhaseFlow.Functions.Agents;
using PhaseFlow.Functions.Azure;
using PhaseFlow.Functions.Azure.Tables;
using PhaseFlow.Functions.GitHub;
using PhaseFlow.Functions.Http;
using PhaseFlow.Functions.Slots;
using PhaseFlow.Functions.Webhooks;

FunctionsApplicationBuilder builder = FunctionsApplication.CreateBuilder(args);
builder.ConfigureFunctionsWebApplication();
builder.UseMiddleware<AnswerShape>();

// Without this an activity's exception comes to the orchestrator without its type: retries could not tell one failure from another.
#pragma warning disable CS0618 // The default, true, is what loses the type; there is no other setting.
builder.Services.Configure<WorkerOptions>(options => options.EnableUserCodeException = false);
#pragma warning restore CS0618
IHost app;
try
{
    builder.Services.AddPhaseFlow(builder.Configuration).AddTablesStore(builder.Configuration).AddGitHub(builder.Configuration);
    builder.Services.AddSingleton<IPublicAddress, FunctionAppAddress>();
    builder.Services.AddSingleton<IAgentLauncher, ExternalLauncher>();
    builder.Services.AddSingleton<ISlotProof, StoredByLimiter>();
    app = builder.Build();
    // Without a key no agent could report: that ends the start, not the first attempt.
    _ = app.Services.GetRequiredService<WebhookSecrets>();
    // The start itself would find these as well, and log each with its stack.
    app.Services.GetService<IStartupValidator>()?.Validate();
}
catch (OptionsValidationException invalid)
{
    return Refuse(invalid.Failures);
}
catch (AggregateException several) when (several.InnerExceptions.All(e => e is OptionsValidationException))
{
    return Refuse(several.InnerExceptions.SelectMany(e => ((OptionsValidationException)e).Failures));
}

await app.RunAsync();
return 0;

static int Refuse(IEnumerable<string> failures)
{
    // The Functions host takes what a worker writes for information, which host.json leaves out of the log, unless a word such as "error" is in it.
    Console.Error.WriteLine($"error: A setting cannot be used: {string.Join(' ', failures)}");
    return 2;
}
