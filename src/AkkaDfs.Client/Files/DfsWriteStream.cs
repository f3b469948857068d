// Writes a file from an offset on, with requests in flight behind the writer. Buffers are rented, filled, sent, and returned
// when their write is acknowledged. A write whose range overlaps one in flight waits for it. The first error is final: every
// later call and the disposal report it.

using System.Runtime.ExceptionServices;
using AkkaDfs.Client.Core;
using AkkaDfs.Shared;

namespace AkkaDfs.Client.Files;

/// <summary>A writing stream.</summary>
internal sealed class DfsWriteStream : DfsStream
{
    private const int FirstBufferBytes = 64 * 1024;

    private readonly ClientContext _context;
    private readonly CancellationTokenSource _failed = new();
    private readonly List<Flight> _flights = [];
    private readonly RangesInFlight _ranges = new();
    private readonly int _mostInFlight;
    private byte[]? _buffer;
    private int _filled;
    private long _position;
    private ExceptionDispatchInfo? _error;
    private bool _disposed;

    public DfsWriteStream(DfsFile file, long offset, CallOptions options)
        : base(file, options)
    {
        _context = file.Context;
        _position = offset;
        _mostInFlight = ReadPlan.PiecesInFlight(_context.Settings.Window, _context.Settings.RequestBytes, file.ChunkSizeBytes);
    }

    public override bool CanWrite => true;

    /// <summary>Where the next byte goes. Setting it sends what is buffered.</summary>
    public override long Position
    {
        get => _position + _filled;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            if (value != Position)
            {
                SendAsync(CancellationToken.None).GetAwaiter().GetResult();
                _position = value;
            }
        }
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        _error?.Throw();
        while (!buffer.IsEmpty)
        {
            var piece = ReadPlan.First(_position, long.MaxValue, File.ChunkSizeBytes, _context.Settings.RequestBytes);
            MakeRoom(piece.LengthBytes, buffer.Length);
            var take = Math.Min(buffer.Length, Math.Min(piece.LengthBytes, _buffer!.Length) - _filled);
            buffer[..take].CopyTo(_buffer.AsMemory(_filled));
            _filled += take;
            buffer = buffer[take..];
            if (_filled == piece.LengthBytes)
            {
                await SendAsync(cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
            }
        }
    }

    /// <summary>Returns when everything written so far is acknowledged.</summary>
    public override async Task FlushAsync(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        await SendAsync(cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
        await DrainAsync(0, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
        _error?.Throw();
    }

    /// <summary>Sends what is buffered, then makes the file exactly so long. A position beyond the new end moves there.</summary>
    public override void SetLength(long value) => SetLengthAsync(value).GetAwaiter().GetResult();

    private async Task SetLengthAsync(long value)
    {
        await FlushAsync(CancellationToken.None).ConfigureAwait(Surroundings.HoldAwaits);
        await File.SetLengthAsync(value, Options).ConfigureAwait(Surroundings.HoldAwaits);
        _position = Math.Min(_position, value);
    }

    /// <summary>Flushes, completes the file, and reports the first error.</summary>
    public override async ValueTask DisposeAsync()
    {
        if (_disposed)
        {
            return;
        }

        try
        {
            if (_error is null)
            {
                await SendAsync(CancellationToken.None).ConfigureAwait(Surroundings.HoldAwaits);
            }

            await DrainAsync(0, CancellationToken.None).ConfigureAwait(Surroundings.HoldAwaits);
            _error?.Throw();
            await File.DisposeAsync().ConfigureAwait(Surroundings.HoldAwaits);
        }
        finally
        {
            _disposed = true;
            if (_buffer is not null)
            {
                _context.Buffers.Return(_buffer);
                _buffer = null;
            }

            _failed.Dispose();
            GC.SuppressFinalize(this);
        }
    }

    // A small file needs a small buffer only; a long one soon has full ones.
    private void MakeRoom(int pieceBytes, int comingBytes)
    {
        if (_buffer is null)
        {
            _buffer = _context.Buffers.Rent(Math.Min(pieceBytes, Math.Max(FirstBufferBytes, comingBytes)));
        }
        else if (_filled == _buffer.Length)
        {
            var larger = _context.Buffers.Rent(pieceBytes);
            _buffer.AsSpan(0, _filled).CopyTo(larger);
            _context.Buffers.Return(_buffer);
            _buffer = larger;
        }
    }

    private async Task SendAsync(CancellationToken cancellationToken)
    {
        if (_filled == 0)
        {
            return;
        }

        var range = new ByteRange(_position, _filled);
        await File.FillUpToAsync(_position, Options, _context.DeadlineOf(Options), cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);

        while (_ranges.Overlaps(range))
        {
            await DrainAsync(_flights.Count - 1, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
        }

        await DrainAsync(_mostInFlight - 1, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
        _error?.Throw();
        var piece = new FilePiece((int)(_position / File.ChunkSizeBytes), new ByteRange(_position % File.ChunkSizeBytes, _filled), _position);
        var buffer = _buffer!;
        var task = File.WritePieceAsync(piece, buffer.AsMemory(0, _filled), Options, _context.DeadlineOf(Options), _failed.Token);
        _ranges.Add(range);
        _flights.Add(new Flight(range, buffer, task));
        _position += _filled;
        _filled = 0;
        _buffer = null;
    }

    // Waits until at most so many are in flight. Errors are kept, not thrown: all flights must end before their buffers go back.
    private async Task DrainAsync(int atMost, CancellationToken cancellationToken)
    {
        Collect();
        while (_flights.Count > Math.Max(0, atMost))
        {
            await Task.WhenAny(_flights.Select(f => f.Done)).WaitAsync(cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
            Collect();
        }
    }

    private void Collect()
    {
        for (var i = _flights.Count - 1; i >= 0; i--)
        {
            var flight = _flights[i];
            if (!flight.Done.IsCompleted)
            {
                continue;
            }

            _flights.RemoveAt(i);
            _ranges.Remove(flight.Range);
            _context.Buffers.Return(flight.Buffer);
            if (flight.Done.Exception?.InnerException is { } error && _error is null)
            {
                _error = ExceptionDispatchInfo.Capture(error);
                _failed.Cancel();
            }
        }
    }

    private sealed record Flight(ByteRange Range, byte[] Buffer, Task Done);
}
