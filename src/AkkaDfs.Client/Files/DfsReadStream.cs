// Reads a file from front to back with requests in flight ahead of the reader: one at first, twice as many with each piece
// that is read in sequence, the whole window at once when the stream is copied. Each piece has one rented buffer, which goes
// back when the reader has passed it.

using AkkaDfs.Client.Core;
using AkkaDfs.Shared;

namespace AkkaDfs.Client.Files;

/// <summary>A reading stream.</summary>
internal sealed class DfsReadStream : DfsStream
{
    private readonly ClientContext _context;
    private readonly Queue<Piece> _ahead = [];
    private readonly CancellationTokenSource _closed = new();
    private readonly int _mostAhead;
    private CancellationTokenSource _flight = new();
    private int _wanted = 1;
    private long _position;
    private long _nextFetch;
    private bool _disposed;

    public DfsReadStream(DfsFile file, CallOptions options)
        : base(file, options)
    {
        _context = file.Context;
        _mostAhead = ReadPlan.PiecesInFlight(_context.Settings.Window, _context.Settings.RequestBytes, file.ChunkSizeBytes);
    }

    public override bool CanRead => true;

    /// <summary>
    /// The length as this stream has last heard of it: when it was opened, and whenever it came to the end. Never waits for the
    /// cluster, because Stream.CopyToAsync asks for it on whatever thread it is called.
    /// </summary>
    public override long Length => File.KnownLength;

    public override long Position
    {
        get => _position;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            if (value != _position)
            {
                _position = value;
                Abandon();
            }
        }
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (buffer.IsEmpty)
        {
            return 0;
        }

        var piece = await CurrentAsync(checkEnd: true, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
        if (piece is null)
        {
            return 0;
        }

        var rest = piece.Buffer.AsMemory(0, piece.Range.LengthBytes)[(int)(_position - piece.Range.FileOffset)..];
        var take = Math.Min(rest.Length, buffer.Length);
        rest[..take].CopyTo(buffer);
        Advance(piece, take);
        return take;
    }

    /// <summary>Copies to the end as it is known at the start, the whole window in flight.</summary>
    public override async Task CopyToAsync(Stream destination, int bufferSize, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        _wanted = _mostAhead;
        while (await CurrentAsync(checkEnd: false, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits) is { } piece)
        {
            var rest = piece.Buffer.AsMemory(0, piece.Range.LengthBytes)[(int)(_position - piece.Range.FileOffset)..];
            await destination.WriteAsync(rest, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
            Advance(piece, rest.Length);
        }
    }

    public override async ValueTask DisposeAsync()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        Abandon();
        await Surroundings.CancelAsync(_closed).ConfigureAwait(Surroundings.HoldAwaits);
        _closed.Dispose();
        _flight.Dispose();
        await File.DisposeAsync().ConfigureAwait(Surroundings.HoldAwaits);
        GC.SuppressFinalize(this);
    }

    // The piece under the position, complete; null at the end of the file. A piece with something missing is a hole, or lies where
    // somebody has cut the file since.
    private async Task<Piece?> CurrentAsync(bool checkEnd, CancellationToken cancellationToken)
    {
        while (true)
        {
            var piece = await FetchedAsync(checkEnd, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
            if (piece is null || piece.Done.Result == piece.Range.LengthBytes)
            {
                return piece;
            }

            await File.GetStatusAsync(_context.DeadlineOf(Options), cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
            if (File.KnownLength >= piece.Range.FileOffset + piece.Range.LengthBytes)
            {
                return piece;
            }

            Abandon();
        }
    }

    private async Task<Piece?> FetchedAsync(bool checkEnd, CancellationToken cancellationToken)
    {
        if (_position >= File.KnownLength && checkEnd)
        {
            await File.GetStatusAsync(_context.DeadlineOf(Options), cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
        }

        if (_position >= File.KnownLength)
        {
            return null;
        }

        FetchAhead();
        if (_ahead.Peek().Done.IsFaulted)
        {
            // It was fetched ahead and its time ran out before anybody wanted it: it has a chance of its own now.
            Abandon();
            FetchAhead();
        }

        var piece = _ahead.Peek();
        try
        {
            await piece.Done.WaitAsync(cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
            return piece;
        }
        catch (Exception) when (piece.Done.IsFaulted)
        {
            // A next read tries again from here.
            Abandon();
            throw;
        }
    }

    private void FetchAhead()
    {
        if (_ahead.Count == 0)
        {
            _nextFetch = _position;
        }

        var end = File.KnownLength;
        while (_ahead.Count < _wanted && _nextFetch < end)
        {
            var range = ReadPlan.First(_nextFetch, end, File.ChunkSizeBytes, _context.Settings.RequestBytes);
            var buffer = _context.Buffers.Rent(range.LengthBytes);
            var deadline = _context.DeadlineOf(Options);
            _ahead.Enqueue(new Piece(range, buffer, File.Reader.ReadAsync(range, buffer, deadline, _flight.Token)));
            _nextFetch += range.LengthBytes;
        }
    }

    private void Advance(Piece piece, int bytes)
    {
        _position += bytes;
        if (_position == piece.Range.FileOffset + piece.Range.LengthBytes)
        {
            _ahead.Dequeue();
            _context.Buffers.Return(piece.Buffer);
            _wanted = Math.Min(_wanted * 2, _mostAhead);
            if (_ahead.Count > 0)
            {
                FetchAhead();
            }
        }
    }

    // Requests in flight are cancelled; their buffers go back when they have ended.
    private void Abandon()
    {
        if (_ahead.Count > 0)
        {
            _flight.Cancel();
            _flight.Dispose();
            _flight = new CancellationTokenSource();
        }

        while (_ahead.TryDequeue(out var piece))
        {
            _ = piece.Done.ContinueWith(
                (ended, state) =>
                {
                    // Reading the exception marks it as seen: nobody wants this piece any more.
                    _ = ended.Exception;
                    _context.Buffers.Return((byte[])state!);
                },
                piece.Buffer,
                CancellationToken.None,
                TaskContinuationOptions.ExecuteSynchronously,
                TaskScheduler.Default);
        }

        _wanted = 1;
    }

    private sealed record Piece(FilePiece Range, byte[] Buffer, Task<int> Done);
}
