using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Xunit;
using Xunit.Abstractions;
using static Microsoft.Playwright.Assertions;

namespace PhaseFlow.EndToEnd.Tests.Panel;

public sealed class LiveJourneys(PanelBrowser browser, ITestOutputHelper output) : IClassFixture<PanelBrowser>
{
    [Journey]
    public async Task Feed_WhenItIsCutAndRestored_SaysThatItIsStaleAndCatchesUp()
    {
        await using PanelSession panel = await PanelSession.StartAsync(browser);
        await panel.SubmitAsync(Features.Chain);
        await Expect(panel.Section("Slots1 of 3")).ToContainTextAsync("1.1 First link");
        await Expect(panel.Page.Locator("[data-live=live]")).ToContainTextAsync("live,");

        await panel.KillAsync();
        await Expect(panel.Page.Locator("[data-live=stale]")).ToContainTextAsync("reconnecting, as of");
        await Expect(panel.Page.Locator("main")).ToHaveClassAsync("is-stale");
        await Expect(panel.Section("Slots1 of 3")).ToContainTextAsync("1.1 First link");

        await panel.RestartAsync();
        await panel.ReportAsync("queue-1-1", "completed");
        await panel.Button("Try now").ClickAsync(new() { Force = true, Timeout = 2000 }).ContinueWith(_ => { }, TaskScheduler.Default);

        await Expect(panel.Page.Locator("[data-live=live]")).ToBeVisibleAsync();
        await Expect(panel.Section("Slots1 of 3")).ToContainTextAsync("1.2 Second link");
        Assert.Empty(panel.Faults);
    }

    [Journey]
    public async Task Feed_WhenTheHostCannotStream_IsPolled()
    {
        await using PanelSession panel = await PanelSession.StartAsync();
        await panel.OpenAsync(browser, "assets/none");
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await panel.Page.RouteAsync("**/api/v1/events?**", async route =>
        {
            string url = route.Request.Url;
            if (route.Request.Headers["accept"] == "text/event-stream")
            {
                await route.ContinueAsync(new() { Headers = [.. route.Request.Headers.Where(h => h.Key != "accept").Append(new("accept", "application/json"))] });
                return;
            }

            if (url.Contains("wait=25", StringComparison.Ordinal))
            {
                asked.TrySetResult();
            }

            await route.ContinueAsync();
        });
        await panel.Page.GotoAsync($"{panel.Url}/#/");

        await asked.Task.WaitAsync(TimeSpan.FromMinutes(1));
        await panel.SubmitAsync(Features.Chain);

        await Expect(panel.Section("Slots1 of 3")).ToContainTextAsync("1.1 First link");
    }

    [Journey]
    public async Task Feature_WhenSomethingHappens_SaysWhatWasLast()
    {
        await using PanelSession panel = await PanelSession.StartAsync(browser);
        await panel.SubmitAsync(Features.Chain);
        ILocator row = panel.Section("Features in progress").GetByRole(AriaRole.Listitem);
        await Expect(row).ToContainTextAsync(new Regex("last event: phase 1 running, (just now|. s ago)"));
        await Expect(panel.Section("Slots1 of 3")).ToContainTextAsync("waits for a report from outside");

        await panel.ReportAsync("queue-1-1", "completed");
        await Expect(row).ToContainTextAsync("phase 2 running");
        await panel.Page.ReloadAsync();
        await Expect(row).ToContainTextAsync("phase 2 running");
        await panel.ReportAsync("queue-1-2", "failed");
        await Expect(panel.Section("Features in progress")).ToHaveCountAsync(0);
        await panel.OpenAsync(browser, "#/?show=finished");
        await Expect(panel.Section("Finished features")).ToContainTextAsync("phase 2 failed");
        Assert.Empty(panel.Faults);
    }

    [Journey]
    public async Task Update_WhenAReportIsAnswered_ShowsWithoutAReload()
    {
        await using PanelSession panel = await PanelSession.StartAsync(browser);
        await panel.SubmitAsync(Features.Wide("Work", 40));
        await Expect(panel.Section("Slots3 of 3")).ToContainTextAsync("Work 3");
        await panel.Page.EvaluateAsync(
            """
            () => {
              window.seen = {};
              new MutationObserver(() => {
                for (const phase of document.querySelectorAll('.pill .name .what')) { window.seen[phase.textContent.trim().split(' ')[0]] ??= Date.now(); }
              }).observe(document.getElementById('slots'), { subtree: true, childList: true, characterData: true });
            }
            """);
        List<double> lags = [];
        for (int phase = 1; phase <= 20; phase++)
        {
            string id = string.Create(CultureInfo.InvariantCulture, $"queue-1-{phase}");
            string next = string.Create(CultureInfo.InvariantCulture, $"1.{phase + 3}");
            JsonNode agent = await panel.Api.AgentAsync(id);
            long before = Stopwatch.GetTimestamp();
            Assert.Equal("accepted", await panel.Api.ReportAsync(agent, "completed"));
            double answered = await panel.Page.EvaluateAsync<double>("() => Date.now()");
            double shown = await (await panel.Page.WaitForFunctionAsync("id => window.seen[id]", next)).EvaluateAsync<double>("v => v");
            lags.Add(shown - answered);
            Assert.True(Stopwatch.GetElapsedTime(before) < TimeSpan.FromMinutes(1));
        }

        lags.Sort();
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"the next launch shows {lags[10]:0} ms (median), {lags[^1]:0} ms (most) after the answer to the report"));
        Assert.Empty(panel.Faults);
    }

    [Journey]
    public async Task Queue_WhenAThousandPhasesWait_HoldsAllOfThemInOrder()
    {
        await using PanelSession panel = await PanelSession.StartAsync();
        for (int feature = 1; feature <= 5; feature++)
        {
            await panel.SubmitAsync(Features.Wide($"Batch {feature} part", 200));
        }

        await panel.Api.UntilAsync(api => api.GetAsync("/api/v1/slots"), slots => slots["waiting"]!.AsArray().Count == 997);
        await panel.OpenAsync(browser);

        ILocator rows = panel.Section("Queue997").GetByRole(AriaRole.Listitem);
        await Expect(rows).ToHaveCountAsync(997);
        await Expect(rows.First).ToContainTextAsync("1st in line");
        await Expect(rows.Last).ToContainTextAsync("997th in line");
        ICDPSession browserSession = await panel.Page.Context.NewCDPSessionAsync(panel.Page);
        await browserSession.SendAsync("Performance.enable", new() { ["timeDomain"] = "threadTicks" });
        double before = await WorkAsync(browserSession);
        double[] frames = await panel.Page.EvaluateAsync<double[]>(
            """
            () => new Promise(done => {
              const list = document.querySelector('#queue .scroll'), times = [];
              const step = time => { times.push(time); list.scrollTop += 120; times.length < 121 ? requestAnimationFrame(step) : done(times.slice(1).map((t, i) => t - times[i])); };
              requestAnimationFrame(step);
            })
            """);
        double work = 1000 * (await WorkAsync(browserSession) - before) / frames.Length;
        Array.Sort(frames);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"scrolling: {1000 / frames.Average():0} frames/s, {frames[114]:0.0} ms at the 95th percentile, {work:0.0} ms of work each"));
        await rows.Last.ScrollIntoViewIfNeededAsync();
        await Expect(rows.Last).ToBeInViewportAsync();
        Assert.Empty(panel.Faults);
    }

    /// <summary>Seconds that the page's thread has worked.</summary>
    private static async Task<double> WorkAsync(ICDPSession session)
    {
        JsonElement answer = (await session.SendAsync("Performance.getMetrics"))!.Value;
        return answer.GetProperty("metrics").EnumerateArray().Single(m => m.GetProperty("name").GetString() == "TaskDuration").GetProperty("value").GetDouble();
    }
}
