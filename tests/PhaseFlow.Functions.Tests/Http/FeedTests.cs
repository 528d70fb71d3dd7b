using System.Text.Json;
using PhaseFlow.Core.Runs;
using static PhaseFlow.Functions.Tests.Http.HttpTestHost;

namespace PhaseFlow.Functions.Tests.Http;

public sealed class FeedTests : IAsyncLifetime
{
    private static readonly TimeSpan Generous = TimeSpan.FromMinutes(2);

    private readonly HttpTestHost _host = new();

    public Task InitializeAsync() => _host.InitializeAsync();

    public Task DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task Events_WhenThereAreSome_ComeAfterTheCursorInOrder()
    {
        int id = await _host.FeatureAsync(FeatureStatus.InProgress, State(1, PhaseStatus.Ready, 1));

        JsonElement all = await _host.GetAsync("/api/v1/events");
        long first = all.GetProperty("events")[0].GetProperty("cursor").GetInt64();
        JsonElement rest = await _host.GetAsync($"/api/v1/events?after={first}");

        Assert.Equal(all.GetProperty("events").GetArrayLength() - 1, rest.GetProperty("events").GetArrayLength());
        JsonElement phase = all.GetProperty("events").EnumerateArray().Last(e => e.GetProperty("type").GetString() == "phase_changed");
        Assert.Equal((id, $"queue-{id}-1"), (phase.GetProperty("feature_id").GetInt32(), phase.GetProperty("queue_id").GetString()));
        Assert.Equal("ready", phase.GetProperty("data").GetProperty("status").GetString());
        Assert.Equal(all.GetProperty("cursor").GetInt64(), rest.GetProperty("cursor").GetInt64());
    }

    [Fact]
    public async Task Events_WhenThereAreNone_AnswersAtOnceWithTheSameCursor()
    {
        await _host.FeatureAsync(FeatureStatus.InProgress, State(1));
        long end = (await _host.GetAsync("/api/v1/events")).GetProperty("cursor").GetInt64();

        JsonElement page = await _host.GetAsync($"/api/v1/events?after={end}");

        Assert.Equal($$"""{"events":[],"cursor":{{end}}}""", page.GetRawText());
    }

    [Fact]
    public async Task Events_WhenTheCursorIsOfAFeedThatIsGone_AreRefusedAtOnce()
    {
        await _host.FeatureAsync(FeatureStatus.InProgress, State(1));
        long end = (await _host.GetAsync("/api/v1/events")).GetProperty("cursor").GetInt64();

        using HttpResponseMessage page = await _host.SendAsync(HttpMethod.Get, $"/api/v1/events?after={end + 1}&wait=60");
        using HttpResponseMessage stream = await _host.SendAsync(
            HttpMethod.Get, $"/api/v1/events?after={end + 1}", change: r => r.Headers.Accept.ParseAdd("text/event-stream"));

        JsonElement problem = await Answer.ProblemOf(page, 410, "cursor-expired");
        Assert.Equal(
            $"The feed ends at cursor {end}, so the one given is of another: read the features and the queue again, and go on from 'latest'.",
            problem.GetProperty("detail").GetString());
        await Answer.ProblemOf(stream, 410, "cursor-expired");
    }

    [Fact]
    public async Task Events_WhenTheClientWaits_ComeAsSoonAsThereAreSome()
    {
        Task<JsonElement> waiting = _host.GetAsync("/api/v1/events?wait=60");

        int id = await _host.FeatureAsync(FeatureStatus.InProgress, State(1));

        JsonElement page = await waiting.WaitAsync(Generous);
        Assert.Equal(id, page.GetProperty("events")[0].GetProperty("feature_id").GetInt32());
    }

    [Fact]
    public async Task Events_WhenOnlyWhatIsNewIsAskedFor_BeginsAtTheEnd()
    {
        Assert.Equal("""{"events":[],"cursor":0}""", (await _host.GetAsync("/api/v1/events?after=latest")).GetRawText());
        await _host.FeatureAsync(FeatureStatus.InProgress, State(1, PhaseStatus.Ready, 1));
        long end = (await _host.GetAsync("/api/v1/events")).GetProperty("cursor").GetInt64();

        JsonElement page = await _host.GetAsync("/api/v1/events?after=latest");

        Assert.Equal($$"""{"events":[],"cursor":{{end}}}""", page.GetRawText());
    }

    [Fact]
    public async Task Stream_WhenOnlyWhatIsNewIsAskedFor_BeginsAtTheEnd()
    {
        await _host.FeatureAsync(FeatureStatus.InProgress, State(1));
        using StreamReader stream = await OpenAsync("/api/v1/events?after=latest", null);
        await LineAsync(stream);

        int second = await _host.FeatureAsync(FeatureStatus.InProgress, State(1));

        Assert.Equal(second, (await EventAsync(stream)).GetProperty("feature_id").GetInt32());
    }

    [Fact]
    public async Task Events_WhenTheyAreAskedForOneFeature_AreItsOwnAndLeadToTheEnd()
    {
        int first = await _host.FeatureAsync(FeatureStatus.InProgress, State(1, PhaseStatus.Ready, 1));
        int second = await _host.FeatureAsync(FeatureStatus.InProgress, State(1, PhaseStatus.Ready, 1));
        JsonElement all = await _host.GetAsync("/api/v1/events");

        JsonElement page = await _host.GetAsync($"/api/v1/events?feature={first}");
        JsonElement rest = await _host.GetAsync($"/api/v1/events?feature={first}&after={page.GetProperty("cursor").GetInt64()}");

        Assert.Equal(
            all.GetProperty("events").EnumerateArray().Where(e => e.GetProperty("feature_id").GetInt32() == first).Select(e => e.GetRawText()),
            page.GetProperty("events").EnumerateArray().Select(e => e.GetRawText()));
        Assert.Contains(all.GetProperty("events").EnumerateArray(), e => e.GetProperty("feature_id").GetInt32() == second);
        Assert.Equal(all.GetProperty("cursor").GetInt64(), page.GetProperty("cursor").GetInt64());
        Assert.Equal(0, rest.GetProperty("events").GetArrayLength());
        Assert.Equal(page.GetProperty("cursor").GetInt64(), rest.GetProperty("cursor").GetInt64());
    }

    [Fact]
    public async Task Stream_WhenItIsOpened_BeginsAtOnceAndGoesOn()
    {
        int id = await _host.FeatureAsync(FeatureStatus.InProgress, State(1, PhaseStatus.Ready, 1));
        using StreamReader stream = await OpenAsync("/api/v1/events", null);

        Assert.Equal("retry: 2000", await LineAsync(stream));
        JsonElement first = await EventAsync(stream);
        Assert.Equal(id, first.GetProperty("feature_id").GetInt32());

        await _host.Store.PublishAsync(
            new Functions.Storage.RunPublication(id, 9, FeatureStatus.Suspended, false, InboxPosition.Start, [], []), Now, default);
        JsonElement last;
        do
        {
            last = await EventAsync(stream);
        }
        while (last.GetProperty("type").GetString() != "feature_changed" || last.GetProperty("data").GetProperty("status").GetString() != "suspended");
    }

    [Fact]
    public async Task Stream_WhenItIsResumed_GoesOnAfterTheLastEvent()
    {
        await _host.FeatureAsync(FeatureStatus.InProgress, State(1, PhaseStatus.Ready, 1));
        JsonElement all = (await _host.GetAsync("/api/v1/events")).GetProperty("events");
        long first = all[0].GetProperty("cursor").GetInt64();

        using StreamReader stream = await OpenAsync("/api/v1/events?after=0", $"{first}");

        Assert.Equal(all[1].GetProperty("cursor").GetInt64(), (await EventAsync(stream)).GetProperty("cursor").GetInt64());
    }

    [Fact]
    public async Task Stream_WhenTheHostStops_Ends()
    {
        using StreamReader stream = await OpenAsync("/api/v1/events", null);
        await LineAsync(stream);

        Task stopping = _host.StopAsync();

        while (await stream.ReadLineAsync().WaitAsync(Generous) is not null)
        {
            // The rest of the stream.
        }

        await stopping.WaitAsync(Generous);
    }

    private async Task<StreamReader> OpenAsync(string path, string? lastEventId)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Accept.ParseAdd("text/event-stream");
        if (lastEventId is not null)
        {
            request.Headers.Add("Last-Event-ID", lastEventId);
        }

        HttpResponseMessage response = await _host.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead).WaitAsync(Generous);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType!.MediaType);
        return new StreamReader(await response.Content.ReadAsStreamAsync());
    }

    private static async Task<string?> LineAsync(StreamReader stream) => await stream.ReadLineAsync().WaitAsync(Generous);

    private static async Task<JsonElement> EventAsync(StreamReader stream)
    {
        string? id = null;
        while (await LineAsync(stream) is { } line)
        {
            if (line.StartsWith("id: ", StringComparison.Ordinal))
            {
                id = line[4..];
            }
            else if (line.StartsWith("data: ", StringComparison.Ordinal))
            {
                JsonElement data = JsonDocument.Parse(line[6..]).RootElement;
                Assert.Equal(id, $"{data.GetProperty("cursor").GetInt64()}");
                return data;
            }
        }

        throw new InvalidOperationException("The stream has ended.");
    }
}
