namespace PhaseFlow.Embedded.Cli.View;

/// <summary>Shows a run while it goes on. Disposed before the last lines are written.</summary>
internal interface IRunView : IDisposable
{
    void Show(RunPicture picture);
}
