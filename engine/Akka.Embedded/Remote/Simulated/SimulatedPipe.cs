// One direction of a simulated connection: a queue of frames, each with the time at which it arrives, ended by the word that the connection has
// ended. At most one delivery is under way per pipe, so that the receiving handler is called by one thread at a time and in order.
// Members are called with the network's lock held, except Deliver.
namespace Akka.Embedded.Remote;

internal sealed class SimulatedPipe(
    SimulatedNetwork network, TransportEndpoint from, TransportEndpoint to, SimulatedTransport owner, IConnectionHandler handler) : IConnection
{
    private readonly Queue<Item> _items = new();
    private TimeSpan _lastDue;
    private bool _busy;
    private bool _held;
    private bool _ended;
    private int _pendingBytes;
    private int _pendingFrames;

    public TransportEndpoint From => from;

    public TransportEndpoint To => to;

    /// <summary>The transport of the receiving end.</summary>
    public SimulatedTransport Owner => owner;

    /// <summary>The other direction.</summary>
    public SimulatedPipe Reverse { get; set; } = null!;

    public string PeerName => from.ToString();

    // Losses by chance may be switched on at any time.
    public bool IsLossless => false;

    public void Begin() => Enqueue(new Item(null, null, network.Now, IsLocal: false));

    /// <summary>Sends from the receiving end of this pipe: that is, over the other direction.</summary>
    public SendResult Send(FrameLane lane, ReadOnlySpan<byte> head, ReadOnlySpan<byte> body)
    {
        lock (network.Gate)
            return Reverse.Put(lane, head, body);
    }

    public void Flush()
    {
    }

    public void Close(string reason)
    {
        lock (network.Gate)
        {
            End(reason, abruptly: true);
            Reverse.End("closed by the other side", abruptly: false);
        }
    }

    /// <summary>Tells the receiver that the connection has ended: at once, or after what is under way.</summary>
    public void End(string reason, bool abruptly)
    {
        if (_ended)
            return;
        _ended = true;
        if (abruptly)
            _items.Clear();
        var transit = abruptly ? TimeSpan.Zero : network.Transit(from, to, FrameLane.Handshake) ?? TimeSpan.Zero;
        Enqueue(new Item(null, reason, Due(transit), abruptly));
    }

    /// <summary>The link works again: what was held goes on.</summary>
    public void Release()
    {
        if (!_held || network.IsCut(from, to))
            return;
        _held = false;
        ScheduleNext();
    }

    private SendResult Put(FrameLane lane, ReadOnlySpan<byte> head, ReadOnlySpan<byte> body)
    {
        var length = head.Length + body.Length;
        if (_ended || Reverse._ended)
            return SendResult.Closed;
        if (owner.Process is { IsDead: true })
            return SendResult.Accepted;
        if (length > owner.Limits.MaxFrameBytes || length == 0)
            return SendResult.TooLarge;
        var isFull = _pendingBytes > 0 && (_pendingBytes + length > owner.Limits.MaxPendingBytes || _pendingFrames >= owner.Limits.MaxPendingFrames);
        if (isFull && lane == FrameLane.Ordinary)
            return SendResult.Full;
        if (network.Transit(from, to, lane) is not { } transit)
            return SendResult.Accepted;
        var frame = new byte[length];
        head.CopyTo(frame);
        body.CopyTo(frame.AsSpan(head.Length));
        _pendingBytes += length;
        _pendingFrames++;
        Enqueue(new Item(frame, null, Due(transit), IsLocal: false));
        return SendResult.Accepted;
    }

    private TimeSpan Due(TimeSpan transit)
    {
        var due = network.Now + transit;
        return _lastDue = due > _lastDue ? due : _lastDue;
    }

    private void Enqueue(Item item)
    {
        _items.Enqueue(item);
        if (_busy && !(_held && item.IsLocal))
            return;
        _held = false;
        ScheduleNext();
    }

    private void ScheduleNext()
    {
        if (_items.Count == 0)
        {
            _busy = false;
            return;
        }

        _busy = true;
        var wait = _items.Peek().Due - network.Now;
        owner.Schedule(wait > TimeSpan.Zero ? wait : TimeSpan.Zero, Deliver);
    }

    private void Deliver()
    {
        Item item;
        lock (network.Gate)
        {
            if (network.IsCut(from, to) && _items.TryPeek(out var next) && !next.IsLocal)
            {
                _held = true;
                return;
            }

            if (!_items.TryDequeue(out item))
            {
                _busy = false;
                return;
            }

            if (item.Frame is not null)
            {
                _pendingBytes -= item.Frame.Length;
                _pendingFrames--;
            }
        }

        Hand(item);
        lock (network.Gate)
        {
            if (item.IsEnd)
                network.Forget(this);
            else
                ScheduleNext();
        }
    }

    private void Hand(Item item)
    {
        if (item.IsEnd)
        {
            handler.OnClosed(item.Reason!, CloseKind.Ordinary);
        }
        else if (item.Frame is null)
        {
            handler.OnOpened(this);
        }
        else
        {
            network.Trace?.Invoke(string.Create(
                System.Globalization.CultureInfo.InvariantCulture, $"{network.Now.Ticks} {from}->{to} {item.Frame[0]} {item.Frame.Length}"));
            handler.OnFrame(this, item.Frame);
            handler.OnBatchEnd(this);
        }
    }

    /// <summary>A frame, the end (with a reason), or the beginning (with neither). A local item needs no working link.</summary>
    private readonly record struct Item(byte[]? Frame, string? Reason, TimeSpan Due, bool IsLocal)
    {
        public bool IsEnd => Reason is not null;
    }
}
