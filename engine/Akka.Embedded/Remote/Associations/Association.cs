// Everything between this system and one remote address. One lock (_gate) guards the state below; nothing that calls back is called while it is held.
// States: Idle -> Connecting -> Active -> Gated -> Idle, and Removed at the end. Inbound connections lead to Active from any state but Removed.
// Sending uses one link at a time (_outgoing); receiving accepts messages from one link at a time (_carrier), the one on which the other side
// said Open last. That, with one numbering of system messages per incarnation, keeps order across reconnects.
using Akka.Actor;
using Akka.Embedded.Remote.Wire;
using Akka.Remote;

namespace Akka.Embedded.Remote;

internal sealed partial class Association
{
    private const int MaxLinks = 4;

    private readonly Remoting _remoting;
    private readonly object _gate = new();
    private readonly List<Link> _links = [];
    private readonly Dictionary<int, long> _quarantined = [];
    private readonly PendingMessages _pending;
    private readonly SystemOutbox _outbox;
    private readonly FrameBuffer _scratch = new();
    private volatile State _state;
    private int? _uid;
    private Link? _dialling;
    private Link? _outgoing;
    private long _session;
    private long _gatedUntil;
    private long _lastUse;
    private long _lastBeat;

    public Association(Remoting remoting, Address remoteAddress)
    {
        _remoting = remoting;
        RemoteAddress = remoteAddress;
        RemoteRoot = new RootActorPath(remoteAddress);
        _pending = new PendingMessages(remoting.Options.MaxPendingMessages, remoting.Options.MaxPendingBytes);
        _outbox = new SystemOutbox(remoting.Settings.SysMsgBufferSize, remoting.Settings.SysResendLimit);
        _session = remoting.NextNumber();
        _lastUse = remoting.NowMillis;
    }

    private enum State
    {
        Idle,
        Connecting,
        Active,
        Gated,
        Removed,
    }

    public Address RemoteAddress { get; }

    public ActorPath RemoteRoot { get; }

    public bool IsRemoved => _state == State.Removed;

    /// <summary>The incarnation last spoken with; null if none is known.</summary>
    public int? Uid
    {
        get
        {
            lock (_gate)
                return _uid;
        }
    }

    public bool IsActive
    {
        get
        {
            lock (_gate)
                return _state == State.Active;
        }
    }

    /// <summary>The other side opened a link. False if this association is no longer in use.</summary>
    public bool OnHello(Link link, Greeting greeting)
    {
        var after = new Aftermath(this);
        lock (_gate)
        {
            if (_state == State.Removed)
                return false;
            if (_quarantined.ContainsKey(greeting.Uid))
            {
                after.Leave(link, FrameKind.Refuse, ByeReason.Quarantined, "this incarnation is quarantined");
            }
            else
            {
                Meet(greeting.Uid, ref after);

                // It may have opened a new link because the present one is dead and only this side does not know yet.
                if (_outgoing is not null)
                    after.Probe(_outgoing, _remoting.NowMillis);
                link.BecomeLive(this);
                link.SendGreeting(FrameKind.Welcome, RemoteAddress);
                AddLink(link, ref after);
                if (_outgoing is null)
                    Use(link, ref after);
                after.Flush(link);
            }
        }

        after.Run(_remoting);
        return true;
    }

    /// <summary>The other side answered on a link that this side opened.</summary>
    public void OnWelcome(Link link, Greeting greeting)
    {
        var after = new Aftermath(this);
        lock (_gate)
        {
            if (link.IsClosed || !ReferenceEquals(link, _dialling))
            {
                after.Leave(link, FrameKind.Goodbye, ByeReason.Unknown, "no longer wanted");
            }
            else if (!greeting.From.Equals(RemoteAddress))
            {
                after.Leave(link, FrameKind.Refuse, ByeReason.WrongAddress, $"{RemoteAddress} was dialled and {greeting.From} answered");
            }
            else if (_quarantined.ContainsKey(greeting.Uid))
            {
                after.Leave(link, FrameKind.Refuse, ByeReason.Quarantined, "this incarnation is quarantined");
            }
            else
            {
                _dialling = null;
                Meet(greeting.Uid, ref after);
                link.BecomeLive(this);
                AddLink(link, ref after);
                if (_outgoing is null)
                    Use(link, ref after);
                after.Flush(link);
            }
        }

        after.Run(_remoting);
    }

    public void OnLinkClosed(Link link, string reason)
    {
        var after = new Aftermath(this);
        lock (_gate)
        {
            _links.Remove(link);
            if (ReferenceEquals(link, _dialling))
            {
                _dialling = null;
                if (_state == State.Connecting)
                    Gate(reason, ref after);
            }
            else if (ReferenceEquals(link, _outgoing))
            {
                LoseOutgoing(link, reason, ref after);
            }
        }

        after.Run(_remoting);
    }

    /// <summary>The other side says why it leaves.</summary>
    public void OnBye(Link link, ByeReason reason)
    {
        if (reason == ByeReason.Quarantined)
            _remoting.OnQuarantinedByPeer(RemoteAddress);
        else if (reason == ByeReason.Shutdown && link.IsLive)
            _remoting.OnPeerShutdown(RemoteAddress);
    }

    /// <summary>Gives an incarnation up for good.</summary>
    public void Quarantine(int? uid, string reason)
    {
        var after = new Aftermath(this);
        lock (_gate)
        {
            if (_state == State.Removed)
                return;
            if (uid is null)
            {
                after.Warn(
                    $"Association to [{RemoteAddress}] with unknown UID is reported as quarantined, but the address cannot be quarantined "
                    + "without knowing the UID; it is gated instead.");
                Drop(ByeReason.Unknown, "the association is reset", ref after);
                Gate(null, ref after);
            }
            else if (_quarantined.TryAdd(uid.Value, _remoting.NowMillis))
            {
                after.Quarantined(uid.Value, reason);
                if (_uid is null || _uid == uid)
                {
                    Drop(ByeReason.Quarantined, "this incarnation is quarantined", ref after);
                    _uid = null;
                    Renumber();
                    Gate(null, ref after);
                }
            }
        }

        after.Run(_remoting);
    }

    /// <summary>Says goodbye on every link; the number of links that are still to close.</summary>
    public void Shutdown()
    {
        var after = new Aftermath(this);
        lock (_gate)
        {
            if (_state == State.Removed)
                return;
            Drop(ByeReason.Shutdown, "the system shuts down", ref after);
            after.DeadLetters(_pending.TakeAll());
            _state = State.Removed;
        }

        after.Run(_remoting);
    }

    /// <summary>The incarnation on the other end of a link is known now.</summary>
    private void Meet(int uid, ref Aftermath after)
    {
        if (_uid == uid)
            return;
        if (_uid is { } old)
        {
            // The process was restarted: whatever was meant for its predecessor must not reach it.
            _quarantined[old] = _remoting.NowMillis;
            after.Quarantined(old, $"the system was restarted and is now [{uid}]");
            after.Restarted(uid);
            Drop(ByeReason.Quarantined, "a newer incarnation has taken over the address", ref after);
            Renumber();
        }

        _uid = uid;
    }

    /// <summary>System messages start anew, as towards somebody unknown.</summary>
    private void Renumber()
    {
        _outbox.Reset();
        _session = _remoting.NextNumber();
        lock (_inbound)
            ForgetInbound();
    }

    private void AddLink(Link link, ref Aftermath after)
    {
        if (_links.Count >= MaxLinks)
        {
            var spare = _links.Find(l => !ReferenceEquals(l, _outgoing) && !ReferenceEquals(l, _carrier)) ?? _links[0];
            _links.Remove(spare);
            after.Leave(spare, FrameKind.Goodbye, ByeReason.Unknown, "too many connections");
        }

        _links.Add(link);
    }

    /// <summary>Sends over this link from now on, beginning with what waits.</summary>
    private void Use(Link link, ref Aftermath after)
    {
        _outgoing = link;
        _state = State.Active;
        _scratch.Clear();
        _scratch.Byte((byte)FrameKind.Open);
        _scratch.Varint((ulong)_session);
        _scratch.Varint((ulong)_remoting.NextNumber());
        _scratch.Varint((ulong)_outbox.FirstUnacknowledged);
        link.Send(FrameLane.Handshake, _scratch.Span);
        after.Associated(link.IsInbound);
        _outbox.Rewind(_remoting.NowMillis);
        PumpSystemMessages(link);
        while (_pending.TryPeek(out var message))
        {
            if (link.Send(FrameLane.Ordinary, message.Frame) is SendResult.Full or SendResult.Closed)
                after.DeadLetter(message);
            _pending.Remove();
        }
    }

    private void LoseOutgoing(Link link, string reason, ref Aftermath after)
    {
        _outgoing = null;
        after.Disassociated(link.IsInbound);
        if (_state != State.Active)
            return;
        if (_links.Find(static l => l.IsLive) is { } spare)
            Use(spare, ref after);
        else
            Gate(reason, ref after, quietly: link.Bye == ByeReason.Shutdown);
    }

    /// <summary>Leaves the address alone for a while. With a reason it is logged.</summary>
    private void Gate(string? reason, ref Aftermath after, bool quietly = false)
    {
        _state = State.Gated;
        _gatedUntil = _remoting.NowMillis + (long)_remoting.Settings.RetryGateClosedFor.TotalMilliseconds;
        after.DeadLetters(_pending.TakeAll());
        if (reason is not null)
            after.Gated(reason, quietly);
    }

    /// <summary>Ends every link.</summary>
    private void Drop(ByeReason reason, string text, ref Aftermath after)
    {
        if (_outgoing is not null)
            after.Disassociated(_outgoing.IsInbound);
        _outgoing = null;
        foreach (var link in _links)
            after.Leave(link, FrameKind.Goodbye, reason, text);
        _links.Clear();
        if (_dialling is not null)
            after.Leave(_dialling, FrameKind.Goodbye, reason, text);
        _dialling = null;
        if (_state is State.Active or State.Connecting)
            _state = State.Idle;
    }
}
