namespace PhaseFlow.Embedded.Cli;

/// <summary>Where a command writes: answers and progress to the one, faults to the other.</summary>
internal sealed record Terminal(TextWriter Out, TextWriter Error)
{
    public static Terminal OfProcess() => new(Console.Out, Console.Error);

    /// <summary>Says why the command cannot go on.</summary>
    public int Refuse(string reason)
    {
        Error.WriteLine(reason);
        return ExitCodes.CannotRun;
    }
}
