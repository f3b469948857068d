// One connection with another system, from its opening to its end: says who speaks (Hello, Welcome), watches for silence, and hands what comes in to
// its association.
// States: Greeting -> Live -> Closed. Frames of a peer that has not been let in yet are a fault of the peer and end the connection.
using Akka.Actor;
using Akka.Embedded.Remote.Wire;
using Akka.Remote;

namespace Akka.Embedded.Remote;

internal sealed class Link : IConnectionHandler
{
    private readonly Remoting _remoting;
    private readonly FailureDetector _silence;
    private IConnection? _connection;
    private Association? _association;
    private volatile bool _live;
    private bool _acknowledgeDue;
    private bool _gapSeen;
    private volatile bool _closed;

    /// <summary>A link that this side opens.</summary>
    public Link(Remoting remoting, Association association)
        : this(remoting, inbound: false) => _association = association;

    /// <summary>A link that the other side opened.</summary>
    public Link(Remoting remoting)
        : this(remoting, inbound: true)
    {
    }

    private Link(Remoting remoting, bool inbound)
    {
        _remoting = remoting;
        IsInbound = inbound;
        CreatedAt = remoting.NowMillis;
        _silence = remoting.NewTransportFailureDetector();
    }

    public bool IsInbound { get; }

    public long CreatedAt { get; }

    public bool IsLive => _live;

    public bool IsClosed => _closed;

    /// <summary>Names the other side has sent; used by the reading thread only.</summary>
    public InboundNames InboundNames { get; } = new();

    /// <summary>Names this side has sent; null if frames may get lost. Guarded by the association's lock.</summary>
    public OutboundNames? OutboundNames { get; private set; }

    /// <summary>Why the other side left, if it said so.</summary>
    public ByeReason? Bye { get; private set; }

    /// <summary>Set while it is doubtful whether the other end is still there: when the doubt began.</summary>
    public long? DoubtSince { get; set; }

    public IConnection Connection => _connection!;

    public string PeerName => _connection?.PeerName ?? "?";

    public bool IsSilent => _connection is not null && !_silence.IsAvailable;

    /// <summary>The other side is let in: messages flow from now on.</summary>
    public void BecomeLive(Association association)
    {
        _association = association;
        if (Connection.IsLossless)
            OutboundNames ??= new OutboundNames();
        _live = true;
    }

    public SendResult Send(FrameLane lane, ReadOnlySpan<byte> head, ReadOnlySpan<byte> body = default) => Connection.Send(lane, head, body);

    public void Flush() => _connection?.Flush();

    public void SendBeat()
    {
        Connection.Send(FrameLane.Urgent, [(byte)FrameKind.Beat, 0], default);
        Connection.Flush();
    }

    /// <summary>Asks the other end to show that it is there.</summary>
    public void Probe(long now)
    {
        DoubtSince ??= now;
        Connection.Send(FrameLane.Urgent, [(byte)FrameKind.Beat, 1], default);
        Connection.Flush();
    }

    /// <summary>Leaves on purpose, with a reason for the other side.</summary>
    public void Leave(FrameKind kind, ByeReason reason, string text)
    {
        if (_connection is null)
        {
            // Still being dialled: OnOpened sees this and closes.
            _closed = true;
            return;
        }

        var buffer = new FrameBuffer(64);
        Handshake.WriteBye(buffer, kind, reason, text);
        Connection.Send(FrameLane.Handshake, buffer.Span, default);
        Close(text);
    }

    public void Close(string reason)
    {
        _live = false;
        _closed = true;
        _connection?.Close(reason);
    }

    public void OnOpened(IConnection connection)
    {
        _connection = connection;
        _silence.HeartBeat();
        if (_closed)
        {
            connection.Close("no longer wanted");
            return;
        }

        if (IsInbound)
            return;
        SendGreeting(FrameKind.Hello, _association!.RemoteAddress);
        connection.Flush();
    }

    public void SendGreeting(FrameKind kind, Address to)
    {
        var buffer = new FrameBuffer(128);
        Handshake.Write(buffer, kind, new Greeting(_remoting.Uid, _remoting.DefaultAddress, to));
        Connection.Send(FrameLane.Handshake, buffer.Span, default);
    }

    public void OnFrame(IConnection connection, ReadOnlySpan<byte> frame)
    {
        if (_closed)
            return;
        var reader = new FrameReader(frame);
        var kind = (FrameKind)reader.Byte();
        switch (kind)
        {
            case FrameKind.Message when _live:
                _association!.OnMessage(this, ref reader);
                break;
            case FrameKind.UrgentMessage when _live:
                _remoting.Inbound.Deliver(this, _association!, ref reader);
                break;
            case FrameKind.System when _live:
                _acknowledgeDue = true;
                _gapSeen |= !_association!.OnSystemMessage(this, ref reader);
                break;
            case FrameKind.Acknowledge when _live:
                _association!.OnAcknowledge(ref reader);
                break;
            case FrameKind.Open when _live:
                _association!.OnOpen(this, ref reader);
                break;
            case FrameKind.Beat:
                OnBeat(ref reader);
                break;
            case FrameKind.Hello when IsInbound && !_live:
                OnHello(ref reader);
                break;
            case FrameKind.Welcome when !IsInbound && !_live:
                OnWelcome(ref reader);
                break;
            case FrameKind.Refuse or FrameKind.Goodbye:
                OnBye(ref reader);
                break;
            default:
                OnUnexpected(kind, frame.Length);
                break;
        }
    }

    public void OnBatchEnd(IConnection connection)
    {
        _silence.HeartBeat();
        DoubtSince = null;
        if (_acknowledgeDue && _live)
        {
            _association!.SendAcknowledge(_gapSeen);
            _acknowledgeDue = _gapSeen = false;
        }
    }

    public void OnClosed(string reason, CloseKind kind)
    {
        _closed = true;
        _live = false;
        if (kind == CloseKind.BrokenFraming)
            _remoting.Inbound.LogRefusal("The connection with {0} is closed: {1}.", PeerName, reason);
        _association?.OnLinkClosed(this, reason);
        _remoting.OnLinkEnded(this);
    }

    private void OnBeat(ref FrameReader reader)
    {
        // An answer is asked for when the other side doubts that this one is still there.
        if (reader.Byte() == 1 && _live)
            SendBeat();
    }

    private void OnHello(ref FrameReader reader)
    {
        if (Handshake.Read(ref reader, out var greeting) is { } fault)
        {
            _remoting.Inbound.LogRefusal("The connection from {0} is refused: {1}.", PeerName, fault.Text);
            Leave(FrameKind.Refuse, fault.Reason, fault.Text);
            return;
        }

        _remoting.OnHello(this, greeting);
    }

    private void OnWelcome(ref FrameReader reader)
    {
        if (Handshake.Read(ref reader, out var greeting) is { } fault)
        {
            _remoting.Inbound.LogRefusal("The answer of {0} is refused: {1}.", PeerName, fault.Text);
            Leave(FrameKind.Refuse, fault.Reason, fault.Text);
            return;
        }

        _association!.OnWelcome(this, greeting);
    }

    private void OnBye(ref FrameReader reader)
    {
        var (reason, text) = Handshake.ReadBye(ref reader);
        Bye = reason;
        _association?.OnBye(this, reason);
        Close($"the other side says: {text}");
    }

    private void OnUnexpected(FrameKind kind, int length)
    {
        if (_live)
        {
            // The frame is whole, so the others are not harmed: it alone is dropped.
            _remoting.Inbound.LogRefusal("A frame of {0} bytes and unknown kind {1} is dropped.", length, (byte)kind);
            return;
        }

        _remoting.Inbound.LogRefusal("The connection with {0} is closed: a frame of kind {1} came before the greeting.", PeerName, (byte)kind);
        Close("a frame came before the greeting");
    }
}
