// The receiving half of an association. _inbound guards what is below and is held while a message is delivered, so that messages of an older link
// never follow those of a newer one. Lock order: _gate before _inbound; while only _inbound is held, _gate is not taken.
using Akka.Embedded.Remote.Wire;

namespace Akka.Embedded.Remote;

internal sealed partial class Association
{
    private readonly object _inbound = new();
    private Link? _carrier;
    private long _peerSession;
    private long _peerStream;
    private long _delivered;

    /// <summary>The other side sends its messages over this link from here on.</summary>
    public void OnOpen(Link link, ref FrameReader reader)
    {
        var session = (long)reader.Varint();
        var stream = (long)reader.Varint();
        var firstSystemMessage = (long)reader.Varint();
        if (reader.Failed)
        {
            _remoting.Inbound.LogRefusal("An opening frame of {0} is malformed and dropped.", RemoteAddress);
            return;
        }

        lock (_inbound)
        {
            // Both numbers only grow within an incarnation: smaller ones come from a link that is out of date.
            if (link.IsClosed || session < _peerSession || stream <= _peerStream)
                return;
            if (session > _peerSession)
            {
                _peerSession = session;
                Volatile.Write(ref _delivered, Math.Max(0, firstSystemMessage - 1));
            }

            _peerStream = stream;
            _carrier = link;
        }
    }

    public void OnMessage(Link link, ref FrameReader reader)
    {
        lock (_inbound)
        {
            if (ReferenceEquals(link, _carrier))
                _remoting.Inbound.Deliver(link, this, ref reader);
        }
    }

    /// <summary>A numbered system message came. False if one before it is missing.</summary>
    public bool OnSystemMessage(Link link, ref FrameReader reader)
    {
        var number = (long)reader.Varint();
        if (reader.Failed)
        {
            _remoting.Inbound.LogRefusal("A system message of {0} is malformed and dropped.", RemoteAddress);
            return true;
        }

        lock (_inbound)
        {
            if (!ReferenceEquals(link, _carrier) || number > _delivered + 1)
                return false;
            if (number <= _delivered)
                return true;

            // Counted before it is delivered: a message that cannot be delivered must not come again for ever.
            Volatile.Write(ref _delivered, number);
            _remoting.Inbound.DeliverSystem(link, this, ref reader);
            return true;
        }
    }

    private void ForgetInbound()
    {
        _carrier = null;
        _peerSession = 0;
        _peerStream = 0;
        Volatile.Write(ref _delivered, 0);
    }
}
