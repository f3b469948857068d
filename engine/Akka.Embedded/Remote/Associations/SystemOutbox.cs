// System messages for one incarnation of a remote system, kept until it acknowledges them. Numbers start at 1 and have no gaps; the other side takes
// them strictly in order, so that after any loss everything from the first unacknowledged one on is sent again (go-back-N).
// Not thread-safe: the association's lock guards it.
namespace Akka.Embedded.Remote;

internal sealed class SystemOutbox(int capacity, int window)
{
    private readonly Queue<byte[]> _unacknowledged = new();
    private long _firstUnacknowledged = 1;
    private long _nextToSend = 1;

    public bool IsEmpty => _unacknowledged.Count == 0;

    public long FirstUnacknowledged => _firstUnacknowledged;

    /// <summary>When the oldest message of the present backlog was put in or the backlog last shrank.</summary>
    public long WaitingSince { get; private set; }

    /// <summary>When something was last sent again.</summary>
    public long LastResend { get; private set; }

    /// <summary>Takes a message; false if the box is full, which means the other side must be given up.</summary>
    public bool TryAdd(byte[] frame, long now)
    {
        if (_unacknowledged.Count >= capacity)
            return false;
        if (_unacknowledged.Count == 0)
            WaitingSince = now;
        _unacknowledged.Enqueue(frame);
        return true;
    }

    /// <summary>The next message to send, if the window allows one; <see cref="Sent"/> confirms that it was.</summary>
    public bool TryPeek(out long number, out byte[] frame)
    {
        number = _nextToSend;
        frame = [];
        var index = _nextToSend - _firstUnacknowledged;
        if (index >= _unacknowledged.Count || index >= window)
            return false;
        frame = index == 0 ? _unacknowledged.Peek() : _unacknowledged.ElementAt((int)index);
        return true;
    }

    public void Sent() => _nextToSend++;

    /// <summary>Everything up to the number has arrived. True if that is news.</summary>
    public bool Acknowledge(long upTo, long now)
    {
        // A number never sent comes from a confused peer.
        if (upTo < _firstUnacknowledged || upTo >= _firstUnacknowledged + _unacknowledged.Count)
            return false;
        while (_firstUnacknowledged <= upTo)
        {
            _unacknowledged.Dequeue();
            _firstUnacknowledged++;
        }

        _nextToSend = Math.Max(_nextToSend, _firstUnacknowledged);
        WaitingSince = now;
        return true;
    }

    /// <summary>Sends everything again from the first unacknowledged message on.</summary>
    public void Rewind(long now)
    {
        _nextToSend = _firstUnacknowledged;
        LastResend = now;
    }

    /// <summary>Starts anew, for another incarnation.</summary>
    public void Reset()
    {
        _unacknowledged.Clear();
        _firstUnacknowledged = 1;
        _nextToSend = 1;
    }
}
