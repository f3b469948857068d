// Ctrl+C and SIGTERM as cancellation: the first asks politely, the second ends the process.

using System.Runtime.InteropServices;

namespace AkkaDfs.Client.Commands;

/// <summary>Turns signals into a token.</summary>
internal sealed class TerminationSignals : IDisposable
{
    private readonly CancellationTokenSource _requested = new();
    private readonly PosixSignalRegistration[] _registrations;
    private Action? _redirected;

    public TerminationSignals()
        => _registrations =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGINT, Handle), PosixSignalRegistration.Create(PosixSignal.SIGTERM, Handle),
        ];

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => _requested.Token;

    /// <summary>Until the result is disposed of, Ctrl+C calls this instead.</summary>
    public IDisposable Redirect(Action interrupt)
    {
        _redirected = interrupt;
        return new Redirection(this);
    }

    public void Dispose()
    {
        foreach (var registration in _registrations)
        {
            registration.Dispose();
        }

        _requested.Dispose();
    }

    private void Handle(PosixSignalContext signal)
    {
        if (signal.Signal == PosixSignal.SIGINT && _redirected is { } redirected)
        {
            signal.Cancel = true;
            redirected();
        }
        else if (!_requested.IsCancellationRequested)
        {
            signal.Cancel = true;
            _requested.Cancel();
        }
    }

    private sealed class Redirection(TerminationSignals owner) : IDisposable
    {
        public void Dispose() => owner._redirected = null;
    }
}
