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
try
{
    builder.Services.AddPhaseFlow(builder.Configuration).AddTablesStore(builder.Configuration).AddGitHub(builder.Configuration);
}
catch (OptionsValidationException invalid)
{
    Console.Error.WriteLine($"A setting cannot be used: {string.Join(' ', invalid.Failures)}");
    Environment.Exit(2);
}

builder.Services.AddSingleton<IPublicAddress, FunctionAppAddress>();
builder.Services.AddSingleton<IAgentLauncher, ExternalLauncher>();
builder.Services.AddSingleton<ISlotProof, StoredByLimiter>();

IHost app = builder.Build();
// Without a key no agent could report: that ends the start, not the first attempt.
_ = app.Services.GetRequiredService<WebhookSecrets>();
await app.RunAsync();
