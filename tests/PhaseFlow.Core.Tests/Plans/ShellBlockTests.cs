using PhaseFlow.Core.Plans;
using Xunit;

namespace PhaseFlow.Core.Tests.Plans;

public sealed class ShellBlockTests
{
    [Theory]
    [InlineData("```sh\ntrue\n```", false)]
    [InlineData("```shell\ntrue\n```", false)]
    [InlineData("```Bash\ntrue\n```", true)]
    [InlineData("```sh\ntrue\n```\n```bash\ntrue\n```", false)]
    public void Find_WhenTheBlockIsMarked_TellsWhetherItNeedsBash(string content, bool expected)
    {
        Assert.Equal("true", ShellBlock.Find(content, out bool needsBash));
        Assert.Equal(expected, needsBash);
    }

    [Theory]
    [InlineData("```sh\necho 1\n\necho 2\n```", "echo 1\n\necho 2")]
    [InlineData("```bash\necho\n```", "echo")]
    [InlineData("text\n\n~~~ Shell title=x\necho\n~~~\nmore", "echo")]
    [InlineData("```sh\r\necho 1\r\necho 2\r\n```\r\n", "echo 1\necho 2")]
    [InlineData("```sh\nfirst\n```\n```sh\nsecond\n```", "first")]
    [InlineData("```json\n{}\n```\n```sh\necho\n```", "echo")]
    [InlineData("````md\n```sh\nno\n```\n````\n```sh\nyes\n```", "yes")]
    [InlineData("  ```sh\n  if x\n    echo\n y\n  ```", "if x\n  echo\ny")]
    [InlineData("```sh\necho", "echo")]
    [InlineData("```sh\n```", "")]
    public void Find_WhenThereIsAShellBlock_GivesTheFirstOnesScript(string content, string script) =>
        Assert.Equal(script, ShellBlock.Find(content));

    [Theory]
    [InlineData("")]
    [InlineData("echo")]
    [InlineData("```\necho\n```")]
    [InlineData("```shellish\necho\n```")]
    [InlineData("    ```sh\n    echo\n    ```")]
    [InlineData("```sh `x`\necho\n```")]
    [InlineData("``sh\necho\n``")]
    [InlineData("```python\n```sh\necho\n```")]
    public void Find_WhenThereIsNone_GivesNull(string content) => Assert.Null(ShellBlock.Find(content));
}
