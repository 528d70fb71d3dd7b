using Spectre.Console.Rendering;

namespace PhaseFlow.Embedded.Cli.View;

/// <summary>
/// Leaves the last columns of the terminal free: the <c>^C</c> that a terminal shows behind the last line would begin a new one, and what is redrawn
/// in place would then stand there twice.
/// </summary>
internal sealed class Narrowed(IRenderable inner) : IRenderable
{
    private const int Free = 4;

    public Measurement Measure(RenderOptions options, int maxWidth) => inner.Measure(options, Within(maxWidth));

    public IEnumerable<Segment> Render(RenderOptions options, int maxWidth) => inner.Render(options, Within(maxWidth));

    private static int Within(int maxWidth) => Math.Max(1, maxWidth - Free);
}
