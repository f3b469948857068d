// What remains to be done once an association's lock has been released: flushing, closing, events, dead letters, in the order noted.
using Akka.Actor;
using Akka.Embedded.Remote.Wire;
using Akka.Remote;

namespace Akka.Embedded.Remote;

internal struct Aftermath(Association association)
{
    private List<Action<Remoting>>? _steps;

    public void Flush(Link link) => Add(_ => link.Flush());

    public void Probe(Link link, long now) => Add(_ => link.Probe(now));

    public void Beat(Link link) => Add(static (_, l) => l.SendBeat(), link);

    public void Close(Link link, string reason) => Add(_ => link.Close(reason));

    public void Leave(Link link, FrameKind kind, ByeReason reason, string text) => Add(_ => link.Leave(kind, reason, text));

    public void Warn(string text) => Add(remoting => remoting.LogWarning(text));

    public void Associated(bool inbound)
    {
        var address = association.RemoteAddress;
        Add(remoting => remoting.Publish(new AssociatedEvent(remoting.DefaultAddress, address, inbound)));
    }

    public void Disassociated(bool inbound)
    {
        var address = association.RemoteAddress;
        Add(remoting => remoting.Publish(new DisassociatedEvent(remoting.DefaultAddress, address, inbound)));
    }

    public void Gated(string reason, bool quietly)
    {
        var address = association.RemoteAddress;
        Add(remoting => remoting.OnGated(address, reason, quietly));
    }

    public void Quarantined(int uid, string reason)
    {
        var address = association.RemoteAddress;
        Add(remoting => remoting.OnQuarantined(address, uid, reason));
    }

    public void Restarted(int uid)
    {
        var address = association.RemoteAddress;
        Add(remoting => remoting.OnRestarted(address, uid));
    }

    public void GivenUp()
    {
        var address = association.RemoteAddress;
        Add(remoting => remoting.OnGivenUp(address));
    }

    public void DeadLetter(PendingMessage message) => DeadLetters([message]);

    public void DeadLetters(PendingMessage[] messages)
    {
        if (messages.Length == 0)
            return;
        Add(remoting =>
        {
            foreach (var message in messages)
                remoting.DeadLetter(message.Message, message.Sender, message.Recipient);
        });
    }

    public readonly void Run(Remoting remoting)
    {
        if (_steps is null)
            return;
        foreach (var step in _steps)
            step(remoting);
    }

    private void Add(Action<Remoting, Link> step, Link link) => Add(remoting => step(remoting, link));

    private void Add(Action<Remoting> step) => (_steps ??= []).Add(step);
}
