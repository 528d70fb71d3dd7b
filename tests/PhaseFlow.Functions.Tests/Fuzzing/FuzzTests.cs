using Microsoft.AspNetCore.Http;
using PhaseFlow.Benchmarks.Fuzzing;

namespace PhaseFlow.Functions.Tests.Fuzzing;

/// <summary>Inputs that are almost right, through the real pipeline.</summary>
public sealed class FuzzTests
{
    [Fact]
    public async Task Host_WhenInputsAreAlmostRight_NeverFailsAndChangesNothingItRefuses()
    {
        FuzzResult result = await new Fuzzer(from: 1, inputs: 20_000).RunAsync(parallel: 1);

        Assert.Empty(result.Faults);
        Assert.Equal(20_000, result.Inputs);
        Assert.All(result.Areas, area => Assert.InRange(area.Accepted, 500, area.Inputs - 500)); // both sides of every check are reached
    }

    [Fact]
    public void Inputs_AreOfFunctionsThatAreThere() => Assert.Empty(InputMaker.Functions.Except(FuzzHost.Routes.Select(r => r.Function)));

    [Theory]
    [InlineData(nameof(FuzzArea.Webhook), 401, Planted.Write, "has changed something")]
    [InlineData(nameof(FuzzArea.Webhook), 200, Planted.Status500, "is answered with 500")]
    [InlineData(nameof(FuzzArea.Graph), 422, Planted.Throw, "has thrown")]
    [InlineData(nameof(FuzzArea.Graph), 400, Planted.Write, "has changed something")]
    [InlineData(nameof(FuzzArea.Markdown), 422, Planted.Tell, "has changed something")]
    [InlineData(nameof(FuzzArea.Markdown), 201, Planted.Status500, "is answered with 500")]
    [InlineData(nameof(FuzzArea.Routes), 405, Planted.Throw, "has thrown")]
    [InlineData(nameof(FuzzArea.Routes), 409, Planted.Tell, "has changed something")]
    public async Task Fuzzer_WhenTheHostHasAFault_FindsIt(string area, int status, Planted planted, string told)
    {
        var fuzzer = new Fuzzer(from: 1, inputs: 5_000)
        {
            Fault = (host, next) => async context =>
            {
                await next(context);
                if (AreaOf(context.Request).ToString() == area && context.Response.StatusCode == status)
                {
                    await PlantAsync(host, context.Response, planted);
                }
            },
        };

        FuzzResult result = await fuzzer.RunAsync(parallel: 1);

        Assert.All(result.Faults, f => Assert.Matches($"^fuzz --from [0-9]+ --inputs [0-9]+: .* {told}", f.ReplaceLineEndings(" ")));
        Assert.NotEmpty(result.Faults);
    }

    private static FuzzArea AreaOf(HttpRequest request) => request.Path.Value switch
    {
        "/workflow-complete" => FuzzArea.Webhook,
        "/api/v1/planned-features" when request.Method == "POST" =>
            request.ContentType?.StartsWith("text/markdown", StringComparison.Ordinal) == true ? FuzzArea.Markdown : FuzzArea.Graph,
        _ => FuzzArea.Routes,
    };

    private static Task PlantAsync(FuzzHost host, HttpResponse response, Planted planted)
    {
        switch (planted)
        {
            case Planted.Write:
                return host.WriteAsync();
            case Planted.Tell:
                return host.TellAsync();
            case Planted.Throw:
                throw new InvalidOperationException("Planted.");
            default:
                response.StatusCode = StatusCodes.Status500InternalServerError;
                return Task.CompletedTask;
        }
    }

    public enum Planted
    {
        Write,
        Tell,
        Throw,
        Status500,
    }
}
