using System.Text;
using PhaseFlow.Functions.Agents;

namespace PhaseFlow.Functions.Tests.Agents;

/// <summary>What is kept and shown of what an agent says.</summary>
public sealed class AgentOutputTests
{
    private static readonly CancellationToken None = CancellationToken.None;

    [Fact]
    public async Task ReadOutput_WhenThereIsMoreThanTheLimit_KeepsBothEndsAndLetsTheAgentEnd()
    {
        await using AgentBench bench = await AgentBench.StartAsync();
        bench.Options.Types["shell"].OutputLimit = 160_000;
        AgentLaunch launch = await bench.BeginAsync("printf start\nhead -c 3000000 /dev/zero | tr '\\0' x\nprintf finish\necho end > end.txt");

        await bench.Launcher.LaunchAsync(launch, None);

        Assert.Equal("completed", (await bench.Endpoint.AcceptedAsync(launch.AdwId)).Status);
        Assert.True(File.Exists(bench.WorkFile("end.txt")));
        AgentOutput output = (await bench.Launcher.ReadOutputAsync(AgentBench.RefOf(launch), 0, int.MaxValue, None))!;
        Assert.Matches("^startx{119995}\n\\[a part of the output is missing here\\]\nx{9000,40000}finish$", output.Text);
        Assert.True(output is { IsComplete: true, IsTruncated: true });
        AgentOutput end = (await bench.Launcher.ReadOutputAsync(AgentBench.RefOf(launch), output.NextOffset - 6, 100, None))!;
        Assert.Equal(new AgentOutput("finish", output.NextOffset - 6, output.NextOffset, IsComplete: true, IsTruncated: true), end);
    }

    [Fact]
    public async Task ReadOutput_WhenItIsJustWithinTheLimit_IsWhole()
    {
        await using AgentBench bench = await AgentBench.StartAsync();
        bench.Options.Types["shell"].OutputLimit = 10_000;
        AgentLaunch launch = await bench.BeginAsync("head -c 8000 /dev/zero | tr '\\0' x\nprintf finish");

        await bench.Launcher.LaunchAsync(launch, None);

        await bench.Endpoint.AcceptedAsync(launch.AdwId);
        AgentOutput output = (await bench.Launcher.ReadOutputAsync(AgentBench.RefOf(launch), 0, int.MaxValue, None))!;
        Assert.Equal(new AgentOutput(new string('x', 8000) + "finish", 0, 8006, IsComplete: true, IsTruncated: false), output);
    }

    [Fact]
    public async Task Report_WhenAnAgentThatSaysMuchFails_EndsWithWhatItSaidLast()
    {
        await using AgentBench bench = await AgentBench.StartAsync();
        bench.Options.Types["shell"].OutputLimit = 160_000;
        AgentLaunch launch = await bench.BeginAsync("head -c 300000 /dev/zero | tr '\\0' y\necho\necho the disk is full\nexit 3");

        await bench.Launcher.LaunchAsync(launch, None);

        string error = (await bench.Endpoint.AcceptedAsync(launch.AdwId)).Error;
        Assert.StartsWith("exit code 3\n", error, StringComparison.Ordinal);
        Assert.EndsWith("the disk is full", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ReadOutput_WhenMuchIsAskedFor_GivesThatMuch()
    {
        await using AgentBench bench = await AgentBench.StartAsync();
        AgentLaunch launch = await bench.BeginAsync("head -c 300000 /dev/zero | tr '\\0' x");
        await bench.Launcher.LaunchAsync(launch, None);
        await bench.Endpoint.AcceptedAsync(launch.AdwId);

        AgentOutput output = (await bench.Launcher.ReadOutputAsync(AgentBench.RefOf(launch), 0, 262_144, None))!;

        Assert.Equal(262_144, output.NextOffset);
    }

    [Fact]
    public async Task ReadOutput_WhenReadInParts_SplitsNoCharacter()
    {
        await using AgentBench bench = await AgentBench.StartAsync();
        AgentLaunch launch = await bench.BeginAsync("printf 'aé€😀b'");
        await bench.Launcher.LaunchAsync(launch, None);
        await bench.Endpoint.AcceptedAsync(launch.AdwId);

        var text = new StringBuilder();
        AgentOutput part;
        long offset = 0;
        do
        {
            part = (await bench.Launcher.ReadOutputAsync(AgentBench.RefOf(launch), offset, 4, None))!;
            Assert.Equal(offset, part.Offset);
            Assert.True(part.NextOffset > offset);
            text.Append(part.Text);
            offset = part.NextOffset;
        }
        while (!part.IsComplete);

        Assert.Equal("aé€😀b", text.ToString());
        Assert.Equal(11, offset);
    }

    [Fact]
    public async Task ReadOutput_WhenTheAgentWorks_GivesWhatThereIs()
    {
        await using AgentBench bench = await AgentBench.StartAsync();
        AgentLaunch launch = await bench.BeginAsync("echo partial\necho now > now.txt\nwhile [ ! -e go.txt ]; do sleep 0.02; done");
        AgentRef agent = AgentBench.RefOf(launch);
        Assert.Null(await bench.Launcher.ReadOutputAsync(agent, 0, 100, None));
        Assert.Null(await bench.Launcher.LastSignAsync(agent, None));

        await bench.Launcher.LaunchAsync(launch, None);
        await bench.LineOfAsync("now.txt");
        AgentOutput? output;
        do
        {
            output = await bench.Launcher.ReadOutputAsync(agent, 0, 100, None);
        }
        while (output!.Text.Length == 0);

        Assert.Equal(new AgentOutput("partial\n", 0, 8, IsComplete: false, IsTruncated: false), output);
        Assert.NotNull(await bench.Launcher.LastSignAsync(agent, None));
        File.WriteAllText(bench.WorkFile("go.txt"), "");
        await bench.Endpoint.AcceptedAsync(launch.AdwId);
    }
}
