// One TCP connection. Sending: whoever sends appends to the queue; one flush at a time writes it out, so that messages sent while a write
// is under way leave together with the next one. Receiving: one loop that cuts frames and hands them over on its own thread.
// Lock order: nothing is called out to while _gate is held.
using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics;
using System.Net.Sockets;

namespace Akka.Embedded.Remote;

internal sealed class TcpConnection : IConnection, IThreadPoolWorkItem
{
    private const int SmallReadBytes = 8 * 1024;
    private const int LargeReadBytes = 64 * 1024;
    private static readonly TimeSpan LingerTime = TimeSpan.FromSeconds(2);

    // A connection that was quiet for this long is flushed by the sender itself: lowest latency. A busy one is flushed by the pool: fewest writes.
    private static readonly long QuietTicks = Stopwatch.Frequency / 20_000;

    private readonly TcpTransport _transport;
    private readonly Socket _socket;
    private readonly IConnectionHandler _handler;
    private readonly object _gate = new();
    private readonly SendQueue _queue;
    private readonly SocketAsyncEventArgs _sendArgs = new(true);
    private readonly SocketAsyncEventArgs _receiveArgs = new(true);
    private byte[] _readBuffer;
    private int _readStart;
    private int _readEnd;
    private SendSegment? _writing;
    private FrameLane _writingLane;
    private bool _flushing;
    private long _lastFlush;
    private volatile bool _closing;
    private string? _closeReason;
    private CloseKind _closeKind;
    private int _closedOnce;
    private Timer? _linger;

    public TcpConnection(TcpTransport transport, Socket socket, string peerName, IConnectionHandler handler)
    {
        _transport = transport;
        _socket = socket;
        _handler = handler;
        PeerName = peerName;
        _queue = new SendQueue(transport.Limits);
        _readBuffer = ArrayPool<byte>.Shared.Rent(SmallReadBytes);
        _sendArgs.Completed += (_, _) => OnSendCompleted();
        _receiveArgs.Completed += (_, _) => OnReceiveCompleted();
    }

    public string PeerName { get; }

    public bool IsLossless => true;

    /// <summary>Opens the connection to its handler and begins to read; on the caller's thread until the first read has to wait.</summary>
    public void Start()
    {
        try
        {
            _handler.OnOpened(this);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            Fail($"the handler failed: {e.Message}", CloseKind.Ordinary);
        }

        Receive();
    }

    public SendResult Send(FrameLane lane, ReadOnlySpan<byte> head, ReadOnlySpan<byte> body)
    {
        lock (_gate)
            return _closing ? SendResult.Closed : _queue.Append(lane, head, body);
    }

    public void Flush()
    {
        bool quiet;
        lock (_gate)
        {
            if (_flushing || _queue.IsEmpty)
                return;
            _flushing = true;
            quiet = Stopwatch.GetTimestamp() - _lastFlush > QuietTicks;
        }

        if (quiet)
            Write(segments: 1);
        else
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    public void Close(string reason)
    {
        bool now, flush;
        lock (_gate)
        {
            if (_closing)
                return;
            _closing = true;
            _closeReason = reason;
            now = !_flushing && _queue.IsEmpty;
            flush = !_flushing && !now;
            _flushing |= flush;
            _linger = new Timer(_ => CloseSocket(), null, LingerTime, Timeout.InfiniteTimeSpan);
        }

        // A flush finishes once the queue is empty.
        if (now)
            FinishSending();
        else if (flush)
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    void IThreadPoolWorkItem.Execute() => Write(int.MaxValue);

    /// <summary>Writes until the queue is empty or so many segments are written; the rest is left to the pool.</summary>
    private void Write(int segments)
    {
        try
        {
            while (true)
            {
                if (_writing is null && !TakeSegment())
                    return;
                if (segments-- <= 0)
                {
                    ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
                    return;
                }

                do
                {
                    _sendArgs.SetBuffer(_writing!.Buffer, _writing.Start, _writing.End - _writing.Start);
                    if (_socket.SendAsync(_sendArgs) || !OnWritten())
                        return;
                }
                while (_writing is not null);
            }
        }
        catch (ObjectDisposedException)
        {
            Fail("closed", CloseKind.Ordinary);
        }
    }

    /// <summary>Makes the next segment the current one. False if there is none: then the flush is over.</summary>
    private bool TakeSegment()
    {
        bool close;
        lock (_gate)
        {
            _writingLane = _queue.IsUrgentNext ? FrameLane.Urgent : FrameLane.Ordinary;
            _writing = _queue.Take();
            if (_writing is not null)
                return true;
            _flushing = false;
            _lastFlush = Stopwatch.GetTimestamp();
            close = _closing;
        }

        if (close)
            FinishSending();
        return false;
    }

    private void OnSendCompleted()
    {
        if (OnWritten())
            Write(int.MaxValue);
    }

    /// <summary>Accounts for what was written; the current segment becomes null once it is through. False if the connection is over.</summary>
    private bool OnWritten()
    {
        if (_sendArgs.SocketError != SocketError.Success)
        {
            Fail(Text(_sendArgs.SocketError), CloseKind.Ordinary);
            return false;
        }

        var segment = _writing!;
        segment.Start += _sendArgs.BytesTransferred;
        if (segment.Start < segment.End)
            return true;
        lock (_gate)
        {
            _queue.Release(segment, _writingLane);
            _writing = null;
        }

        return true;
    }

    private void OnReceiveCompleted()
    {
        if (Received())
            Receive();
    }

    private void Receive()
    {
        try
        {
            do
            {
                _receiveArgs.SetBuffer(_readBuffer, _readEnd, _readBuffer.Length - _readEnd);
                if (_socket.ReceiveAsync(_receiveArgs))
                    return;
            }
            while (Received());
        }
        catch (ObjectDisposedException)
        {
            OnReadEnded("closed", CloseKind.Ordinary);
        }
    }

    /// <summary>Handles what a read brought. False once the connection is over.</summary>
    private bool Received()
    {
        if (_receiveArgs.SocketError != SocketError.Success)
        {
            OnReadEnded(Text(_receiveArgs.SocketError), CloseKind.Ordinary);
            return false;
        }

        if (_receiveArgs.BytesTransferred == 0)
        {
            OnReadEnded(_readEnd > _readStart ? "closed by the other side in the middle of a frame" : "closed by the other side", CloseKind.Ordinary);
            return false;
        }

        var full = _receiveArgs.BytesTransferred == _readBuffer.Length - _readEnd;
        _readEnd += _receiveArgs.BytesTransferred;
        try
        {
            if (CutFrames() is { } error)
            {
                OnReadEnded(error, CloseKind.BrokenFraming);
                return false;
            }

            _handler.OnBatchEnd(this);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            OnReadEnded($"the handler failed: {e}", CloseKind.Ordinary);
            return false;
        }

        MakeRoom(full);
        return true;
    }

    /// <summary>Hands over every complete frame. Not null: why the bytes cannot be cut into frames.</summary>
    private string? CutFrames()
    {
        while (_readEnd - _readStart >= SendQueue.PrefixBytes)
        {
            var length = BinaryPrimitives.ReadInt32LittleEndian(_readBuffer.AsSpan(_readStart));
            if (length <= 0 || length > _transport.Limits.MaxFrameBytes)
                return $"a frame of {(uint)length} bytes was announced, allowed are 1 to {_transport.Limits.MaxFrameBytes}";
            if (_readEnd - _readStart < SendQueue.PrefixBytes + length)
                return null;
            var frame = _readBuffer.AsSpan(_readStart + SendQueue.PrefixBytes, length);
            _readStart += SendQueue.PrefixBytes + length;
            if (!_closing)
                _handler.OnFrame(this, frame);
        }

        return null;
    }

    private void MakeRoom(bool readWasFull)
    {
        var rest = _readEnd - _readStart;
        var wanted = _readBuffer.Length;
        if (rest >= SendQueue.PrefixBytes)
            wanted = Math.Max(wanted, SendQueue.PrefixBytes + BinaryPrimitives.ReadInt32LittleEndian(_readBuffer.AsSpan(_readStart)));
        if (readWasFull && wanted < LargeReadBytes)
            wanted = Math.Min(LargeReadBytes, wanted * 2);
        else if (rest == 0 && wanted > 2 * LargeReadBytes)
            wanted = LargeReadBytes;

        if (wanted != _readBuffer.Length)
        {
            var buffer = ArrayPool<byte>.Shared.Rent(wanted);
            if (buffer.Length != _readBuffer.Length)
            {
                _readBuffer.AsSpan(_readStart, rest).CopyTo(buffer);
                (buffer, _readBuffer) = (_readBuffer, buffer);
                (_readStart, _readEnd) = (0, rest);
            }

            ArrayPool<byte>.Shared.Return(buffer);
        }

        if (_readStart > 0)
        {
            _readBuffer.AsSpan(_readStart, rest).CopyTo(_readBuffer);
            (_readStart, _readEnd) = (0, rest);
        }
    }

    /// <summary>Breaks the connection; the read loop ends and reports it.</summary>
    private void Fail(string reason, CloseKind kind)
    {
        lock (_gate)
        {
            _closing = true;
            _closeReason ??= reason;
            _closeKind = kind;
        }

        CloseSocket();
    }

    /// <summary>
    /// Says that nothing more will come, and waits for the other side to do the same: closing with unread bytes would make the operating system throw
    /// away what the other side has not read yet.
    /// </summary>
    private void FinishSending()
    {
        try
        {
            _socket.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            CloseSocket();
        }
        catch (ObjectDisposedException)
        {
            CloseSocket();
        }
    }

    private void CloseSocket() => _socket.Dispose();

    private void OnReadEnded(string reason, CloseKind kind)
    {
        if (Interlocked.Exchange(ref _closedOnce, 1) != 0)
            return;
        lock (_gate)
        {
            _closing = true;
            reason = _closeReason ?? reason;
            if (kind == CloseKind.Ordinary)
                kind = _closeKind;
            _queue.Clear();
            _linger?.Dispose();
        }

        CloseSocket();
        ArrayPool<byte>.Shared.Return(_readBuffer);
        _readBuffer = [];
        _receiveArgs.Dispose();
        _sendArgs.Dispose();
        _transport.Forget(this);
        _handler.OnClosed(reason, kind);
    }

    private static string Text(SocketError error) => error switch
    {
        SocketError.ConnectionReset => "connection reset by the other side",
        SocketError.OperationAborted or SocketError.Interrupted or SocketError.Shutdown => "closed",
        _ => new SocketException((int)error).Message,
    };
}
