// One direction of a simulated connection of the data plane: bytes on their way, in pieces cut at random, each with the time at which it
// arrives; then the bytes that have arrived and were not received yet. A sender waits while too much is on its way or unreceived. Each
// side can go by itself; the other one hears of it later, after or instead of what is under way.

using Akka.Embedded.Simulation;

namespace AkkaDfs.Simulation.Network;

internal sealed class DataPipe(SimulatedFabric fabric, string from, string to, SimulatedProcess sender, SimulatedProcess receiver)
{
    private const int WindowBytes = 256 * 1024;

    private readonly Queue<(byte[]? Bytes, TimeSpan Due)> _under = new();
    private readonly LinkedList<ArraySegment<byte>> _arrived = new();
    private TaskCompletionSource? _room;
    private TaskCompletionSource? _news;
    private TimeSpan _lastDue;
    private int _waitingBytes;
    private bool _isMoving;
    private bool _isHeld;
    private bool _isEnding;
    private bool _isReset;
    private bool _hasEnded;
    private string? _sendFailure;
    private string? _receiveFailure;

    public string FromHost => from;

    public string ToHost => to;

    public SimulatedProcess Sender => sender;

    public SimulatedProcess Receiver => receiver;

    /// <summary>Sends all bytes.</summary>
    public async ValueTask SendAsync(ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            if (_sendFailure is { } why)
            {
                throw new IOException($"The connection with {to} is lost: {why}");
            }

            if (_waitingBytes >= WindowBytes)
            {
                _room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                await _room.Task;
                continue;
            }

            var most = Math.Min(bytes.Length, fabric.Random.Chance(0.1) ? 1 + fabric.Random.Next(4096) : 64 * 1024);
            _waitingBytes += most;
            Put(bytes[..most].ToArray(), most);
            bytes = bytes[most..];
        }
    }

    /// <summary>Receives at least one byte; 0 at the end.</summary>
    public async ValueTask<int> ReceiveAsync(Memory<byte> destination)
    {
        while (true)
        {
            if (_receiveFailure is { } why)
            {
                throw new IOException($"The connection with {from} is lost: {why}");
            }

            if (_arrived.First is { } first)
            {
                return Take(first, destination);
            }

            if (_hasEnded)
            {
                return 0;
            }

            _news = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            await _news.Task;
        }
    }

    /// <summary>The sending side has gone: the receiver hears of it after what is under way, or, by a reset, instead of it.</summary>
    public void EndSending(string why, bool isReset)
    {
        FailSender(why);
        if (_isEnding)
        {
            return;
        }

        _isEnding = true;
        _isReset = isReset;
        if (isReset)
        {
            _under.Clear();
        }

        Put(null, 0);
    }

    /// <summary>The receiving side has gone: the sender hears of it a little later.</summary>
    public void EndReceiving(string why)
    {
        FailReceiver(why);
        sender.Schedule(fabric.Transit(to, from, 0), pipe => ((DataPipe)pipe!).FailSender("connection reset by peer"), this);
    }

    /// <summary>Breaks it for both sides: what is under way is lost.</summary>
    public void Break()
    {
        FailSender("connection reset by peer");
        FailReceiver("connection reset by peer");
    }

    /// <summary>The link works again.</summary>
    public void Release()
    {
        if (_isHeld && !fabric.IsCut(from, to))
        {
            _isHeld = false;
            _isMoving = false;
            Move();
        }
    }

    private void Put(byte[]? bytes, int count)
    {
        var due = fabric.Scheduler.Elapsed + fabric.Transit(from, to, count);
        _lastDue = due > _lastDue ? due : _lastDue;
        _under.Enqueue((bytes, _lastDue));
        Move();
    }

    private void Move()
    {
        if (_isMoving || _isHeld || !_under.TryPeek(out var next))
        {
            return;
        }

        _isMoving = true;
        var wait = next.Due - fabric.Scheduler.Elapsed;
        receiver.Schedule(wait > TimeSpan.Zero ? wait : TimeSpan.Zero, static pipe => ((DataPipe)pipe!).Arrive(), this);
    }

    private void Arrive()
    {
        if (_receiveFailure is not null)
        {
            return;
        }

        if (fabric.IsCut(from, to))
        {
            _isHeld = true;
            return;
        }

        _isMoving = false;
        if (!_under.TryDequeue(out var item))
        {
            return;
        }

        fabric.Trace.Note("data", from, to, item.Bytes is null ? "end" : string.Empty, item.Bytes?.Length ?? 0);
        if (item.Bytes is { } bytes)
        {
            _arrived.AddLast(bytes);
            Wake(ref _news);
        }
        else if (_isReset)
        {
            FailReceiver("connection reset by peer");
        }
        else
        {
            _hasEnded = true;
            Wake(ref _news);
        }

        Move();
    }

    private int Take(LinkedListNode<ArraySegment<byte>> first, Memory<byte> destination)
    {
        var count = Math.Min(first.Value.Count, destination.Length);
        first.Value.AsSpan(0, count).CopyTo(destination.Span);
        if (count < first.Value.Count)
        {
            first.Value = first.Value[count..];
        }
        else
        {
            _arrived.RemoveFirst();
        }

        _waitingBytes -= count;
        if (_waitingBytes < WindowBytes)
        {
            Wake(ref _room);
        }

        return count;
    }

    private void FailSender(string why)
    {
        _sendFailure ??= why;
        Wake(ref _room);
    }

    private void FailReceiver(string why)
    {
        _receiveFailure ??= why;
        _under.Clear();
        _arrived.Clear();
        fabric.Forget(this);
        Wake(ref _news);
    }

    // What waits goes on in its own process, later: continuations of these sources never run inside of the call.
    private static void Wake(ref TaskCompletionSource? waiting)
    {
        var woken = waiting;
        waiting = null;
        woken?.TrySetResult();
    }
}
