using Microsoft.AspNetCore.Http;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Client.Entities;
using Moq;
using PhaseFlow.Core.Slots;
using PhaseFlow.Functions.Http;
using PhaseFlow.Functions.Slots;
using PhaseFlow.Functions.Storage;

namespace PhaseFlow.Functions.Tests.Http;

public sealed class ReadyTests
{
    private readonly Mock<IPhaseStore> _store = new();
    private readonly Mock<DurableEntityClient> _entities = new("entities");
    private readonly FakeTime _time = new();

    [Fact]
    public async Task Ready_WhenStoreAndLimiterAnswer_IsReady()
    {
        IResult answer = await AskAsync();

        Assert.Equal("ready", Assert.IsType<JsonAnswer<HealthResponse>>(answer).Value!.Status);
        _store.Verify(s => s.CheckAsync(It.IsAny<CancellationToken>()), Times.Once);
        _entities.Verify(e => e.GetEntityAsync<SlotLedger>(SlotLimiter.Id, It.IsAny<CancellationToken>()), Times.Once);
    }

    [Fact]
    public async Task Ready_WhenTheStoreTakesNoWrite_SaysSoAndNoMore()
    {
        _store.Setup(s => s.CheckAsync(It.IsAny<CancellationToken>())).ThrowsAsync(new InvalidOperationException("/secret/path is full"));

        Assert.Equal((503, "The store cannot be written to."), Refusal(await AskAsync()));
    }

    [Fact]
    public async Task Ready_WhenTheLimiterCannotBeRead_SaysSoAndNoMore()
    {
        _entities.Setup(e => e.GetEntityAsync<SlotLedger>(SlotLimiter.Id, It.IsAny<CancellationToken>())).ThrowsAsync(new InvalidOperationException("account key"));

        Assert.Equal((503, "The limiter cannot be read."), Refusal(await AskAsync()));
    }

    [Fact]
    public async Task Ready_WhenTheStoreDoesNotAnswer_WaitsNoLongerThanItsPatience()
    {
        _store.Setup(s => s.CheckAsync(It.IsAny<CancellationToken>())).Returns(new TaskCompletionSource().Task);

        Task<IResult> asked = AskAsync();
        Assert.False(asked.IsCompleted);
        _time.Advance(GetReady.Patience);

        Assert.Equal((503, "The store cannot be written to."), Refusal(await asked.WaitAsync(TimeSpan.FromMinutes(2))));
    }

    private static (int Status, string? Detail) Refusal(IResult answer)
    {
        Problem problem = Assert.IsType<ProblemResult>(answer).Value;
        return (problem.Status, problem.Detail);
    }

    private Task<IResult> AskAsync()
    {
        var client = new Mock<DurableTaskClient>("client");
        client.SetupGet(c => c.Entities).Returns(_entities.Object);
        return new GetReady(_store.Object, _time).RunAsync(new DefaultHttpContext().Request, client.Object, CancellationToken.None);
    }
}
