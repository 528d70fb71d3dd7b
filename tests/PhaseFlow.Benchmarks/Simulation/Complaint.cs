using System.Runtime.CompilerServices;

namespace PhaseFlow.Benchmarks.Simulation;

/// <summary>A message that is put together only where the invariant does not hold: millions of them do.</summary>
[InterpolatedStringHandler]
internal ref struct Complaint
{
    private DefaultInterpolatedStringHandler _text;

    public Complaint(int literalLength, int formattedCount, bool holds, out bool isNeeded)
    {
        isNeeded = !holds;
        _text = holds ? default : new DefaultInterpolatedStringHandler(literalLength, formattedCount);
    }

    public void AppendLiteral(string text) => _text.AppendLiteral(text);

    public void AppendFormatted<T>(T value) => _text.AppendFormatted(value);

    public override string ToString() => _text.ToStringAndClear();
}

/// <summary>A line of a world's story, put together only where the world tells it.</summary>
[InterpolatedStringHandler]
internal ref struct StoryLine
{
    private DefaultInterpolatedStringHandler _text;

    public StoryLine(int literalLength, int formattedCount, World world, out bool isNeeded)
    {
        isNeeded = world.Tells;
        _text = isNeeded ? new DefaultInterpolatedStringHandler(literalLength, formattedCount) : default;
    }

    public void AppendLiteral(string text) => _text.AppendLiteral(text);

    public void AppendFormatted<T>(T value) => _text.AppendFormatted(value);

    public override string ToString() => _text.ToStringAndClear();
}
