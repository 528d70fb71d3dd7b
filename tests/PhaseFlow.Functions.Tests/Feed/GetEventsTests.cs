using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Moq;
using PhaseFlow.Functions.Feed;
using PhaseFlow.Functions.Storage;

namespace PhaseFlow.Functions.Tests.Feed;

public sealed class GetEventsTests
{
    [Theory]
    [InlineData("GET", 1)]
    [InlineData("HEAD", 0)]
    public async Task Run_WhenNothingHasChanged_WaitsOnlyForABody(string method, int waits)
    {
        var store = new Mock<IPhaseStore>();
        store.Setup(s => s.ReadChangesAsync(7, It.IsAny<int>(), It.IsAny<CancellationToken>())).ReturnsAsync(new ChangePage([], 7));
        var request = new DefaultHttpContext().Request;
        request.Method = method;
        request.QueryString = new QueryString("?after=7&wait=60");

        await new GetEvents(store.Object, Mock.Of<IHostApplicationLifetime>()).RunAsync(request, CancellationToken.None);

        store.Verify(s => s.WaitForChangesAsync(7, TimeSpan.FromSeconds(60), It.IsAny<CancellationToken>()), Times.Exactly(waits));
    }

    [Fact]
    public async Task Stream_WhenOnlyItsHeadIsAsked_Ends()
    {
        var store = new Mock<IPhaseStore>(MockBehavior.Strict);
        var context = new DefaultHttpContext();
        context.Request.Method = "HEAD";

        await new EventStream(store.Object, 7, CancellationToken.None).ExecuteAsync(context);

        Assert.Equal(EventStream.ContentType, context.Response.ContentType);
    }
}
