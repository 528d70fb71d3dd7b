using System.Runtime.InteropServices;

namespace PhaseFlow.Embedded.Cli;

/// <summary>Ctrl+C and the request to terminate, as tokens. A second one ends the process at once.</summary>
internal sealed class Signals : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly List<PosixSignalRegistration> _registrations;

    public Signals() => _registrations = [Listen(PosixSignal.SIGINT, ExitCodes.Interrupted), Listen(PosixSignal.SIGTERM, ExitCodes.Done)];

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Stop => _stop.Token;

    /// <summary>The exit code that goes with the signal: 130 for Ctrl+C, 0 where the process was asked to terminate.</summary>
    public int ExitCode { get; private set; }

    public void Dispose()
    {
        _registrations.ForEach(registration => registration.Dispose());
        _stop.Dispose();
    }

    private PosixSignalRegistration Listen(PosixSignal signal, int exitCode) => PosixSignalRegistration.Create(signal, context =>
    {
        if (_stop.IsCancellationRequested)
        {
            return; // not handled: the default, which ends the process, applies
        }

        context.Cancel = true;
        ExitCode = exitCode;
        _stop.Cancel();
    });
}
