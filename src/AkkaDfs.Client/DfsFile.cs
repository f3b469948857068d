// An open file: bound to its inode, so a rename does not disturb it and a new file of the same name is another file.
// Duty: reads and writes at offsets, appends, and the exact length. Thread-safe; concurrent writes to overlapping ranges are
// applied in no particular order. Streams are built on this.

using System.Collections.Concurrent;
using AkkaDfs.Client.Core;
using AkkaDfs.Client.Files;
using AkkaDfs.Shared;
using AkkaDfs.Shared.DataPlane;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Client;

/// <summary>A file that is open for reading and writing.</summary>
public sealed class DfsFile : IAsyncDisposable
{
    private static readonly TimeSpan QuiescePatience = TimeSpan.FromSeconds(2);

    private readonly ClientContext _context;
    private readonly FileLocations _locations;
    private readonly PieceReader _reader;
    private readonly ChunkWriter _writer;
    private readonly FileAppender _appender;
    private readonly FileLength _length;
    private long _knownLength;

    internal DfsFile(
        ClientContext context, string path, FileStatus status, IReadOnlyList<ChunkLocation> known, bool openForWriting = false)
    {
        _context = context;
        Path = path;
        Status = status;
        _knownLength = status.LengthBytes;
        _locations = new FileLocations(context, status, known, openForWriting);
        _reader = new PieceReader(context, _locations, path);
        _writer = new ChunkWriter(context, _locations, status.Layout, path);
        _appender = new FileAppender(context, _locations, _writer, status, path);
        _length = new FileLength(context);
    }

    /// <summary>The path it was opened by.</summary>
    public string Path { get; }

    /// <summary>Its state when it was opened; <see cref="FileStatus.Layout"/> never changes.</summary>
    public FileStatus Status { get; }

    internal ClientContext Context => _context;

    internal PieceReader Reader => _reader;

    internal int ChunkSizeBytes => Status.Layout.ChunkSizeBytes;

    /// <summary>The length now, in bytes: everything acknowledged before this call is in it.</summary>
    public async Task<long> GetLengthAsync(CallOptions? options = null, CancellationToken cancellationToken = default)
    {
        var status = await GetStatusAsync(_context.DeadlineOf(options), cancellationToken).ConfigureAwait(false);
        return status.LengthBytes;
    }

    /// <summary>
    /// Reads up to <paramref name="destination"/>'s length at an offset. Bytes never written, but followed by others, are NUL.
    /// </summary>
    /// <param name="offset">0 and up.</param>
    /// <param name="destination">Where the bytes go.</param>
    /// <param name="options">Deadline.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Bytes read: fewer than asked only at the end of the file, 0 at or beyond it.</returns>
    public async Task<int> ReadAsync(
        long offset, Memory<byte> destination, CallOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        var deadline = _context.DeadlineOf(options);
        if (offset + destination.Length > Volatile.Read(ref _knownLength))
        {
            await GetStatusAsync(deadline, cancellationToken).ConfigureAwait(false);
        }

        var end = Math.Min(offset + destination.Length, Volatile.Read(ref _knownLength));
        if (end <= offset)
        {
            return 0;
        }

        var pieces = ReadPlan.Split(new ByteRange(offset, end - offset), ChunkSizeBytes, _context.Settings.RequestBytes);
        var inFlight = ReadPlan.PiecesInFlight(_context.Settings.Window, _context.Settings.RequestBytes, ChunkSizeBytes);
        await Bounded.ForEachAsync(pieces, inFlight, ReadPieceAsync, cancellationToken).ConfigureAwait(false);
        return (int)(end - offset);

        async Task ReadPieceAsync(FilePiece piece, CancellationToken token)
        {
            var target = destination.Slice((int)(piece.FileOffset - offset), piece.LengthBytes);
            await _reader.ReadAsync(piece, target, deadline, token).ConfigureAwait(false);
        }
    }

    /// <summary>Writes at an offset; a gap between the end and the offset reads as NUL afterwards.</summary>
    public async Task WriteAsync(
        long offset, ReadOnlyMemory<byte> data, CallOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        var deadline = _context.DeadlineOf(options);
        var pieces = WritePlan.Split(new ByteRange(offset, data.Length), ChunkSizeBytes, _context.Settings.RequestBytes);
        var inFlight = ReadPlan.PiecesInFlight(_context.Settings.Window, _context.Settings.RequestBytes, ChunkSizeBytes);
        await Bounded.ForEachAsync(pieces, inFlight, WriteOneAsync, cancellationToken).ConfigureAwait(false);

        Task WriteOneAsync(FilePiece piece, CancellationToken token)
            => WritePieceAsync(piece, data.Slice((int)(piece.FileOffset - offset), piece.LengthBytes), options ?? CallOptions.Default, deadline, token);
    }

    /// <summary>Appends exactly these bytes. Up to one chunk's free space they stay together; longer ones can be parted by others.</summary>
    /// <param name="data">The bytes.</param>
    /// <param name="ticket">Names the append through retries of this call; null for a new one.</param>
    /// <param name="options">Deadline, acknowledgement, sync.</param>
    /// <param name="cancellationToken">Gives up; what was under way may be applied.</param>
    /// <returns>Offset of the first byte.</returns>
    public Task<long> AppendAsync(
        ReadOnlyMemory<byte> data, AppendTicket? ticket = null, CallOptions? options = null, CancellationToken cancellationToken = default)
        => _appender.AppendAsync(data, ticket ?? NewTicket(), options ?? CallOptions.Default, _context.DeadlineOf(options), cancellationToken);

    /// <summary>
    /// Appends a record: all of it in one chunk and in one piece. If it does not fit in the last chunk, the rest of that chunk is
    /// padded with NUL and the record starts the next one.
    /// </summary>
    /// <param name="record">1 byte to a quarter of the chunk size, and at most what one request carries.</param>
    /// <param name="ticket">Names the append through retries of this call; null for a new one.</param>
    /// <param name="options">Deadline, acknowledgement, sync.</param>
    /// <param name="cancellationToken">Gives up; the record may be applied.</param>
    /// <returns>Offset of the record in the file.</returns>
    /// <exception cref="DfsException">RecordTooLarge, nothing written; OutcomeUnknown, call again with the same ticket.</exception>
    public Task<long> RecordAppendAsync(
        ReadOnlyMemory<byte> record, AppendTicket? ticket = null, CallOptions? options = null, CancellationToken cancellationToken = default)
        => _appender.RecordAppendAsync(record, ticket ?? NewTicket(), options ?? CallOptions.Default, _context.DeadlineOf(options), cancellationToken);

    /// <summary>A ticket for one append.</summary>
    public AppendTicket NewTicket() => new(_context.Ids);

    /// <summary>A stream that reads from the start.</summary>
    public DfsStream OpenReadStream(CallOptions? options = null) => new DfsReadStream(this, options ?? CallOptions.Default);

    /// <summary>A stream that writes from an offset on.</summary>
    public DfsStream OpenWriteStream(long offset = 0, CallOptions? options = null)
        => new DfsWriteStream(this, offset, options ?? CallOptions.Default);

    /// <summary>A stream that appends exactly what is written to it.</summary>
    public DfsStream OpenAppendStream(CallOptions? options = null) => new DfsAppendStream(this, options ?? CallOptions.Default);

    /// <summary>
    /// Tells the primaries, and if need be meta, that this writer is done for now, so that everybody soon learns the length from
    /// meta alone. Nothing depends on it: what was acknowledged is visible before.
    /// </summary>
    public async Task CompleteAsync(CallOptions? options = null, CancellationToken cancellationToken = default)
    {
        var deadline = _context.DeadlineOf(options);
        var left = new ConcurrentQueue<MetaProtocol.ChunkLength>();
        await Bounded.ForEachAsync(_writer.TakeWritten(), _context.Settings.Window, QuiesceAsync, cancellationToken).ConfigureAwait(false);
        if (!left.IsEmpty)
        {
            await _context.AskAsync<MetaProtocol.StatusReply>(
                new MetaProtocol.CompleteFile(Status.Inode, [.. left]), deadline, cancellationToken).ConfigureAwait(false);
        }

        async Task QuiesceAsync(WrittenChunk chunk, CancellationToken token)
        {
            using var scope = new AttemptScope(_context.Time, deadline.Attempt(QuiescePatience), token);
            var primary = chunk.Location.Replicas[0];
            var result = await _context.Data.QuiesceAsync(primary.Endpoint, chunk.Location.Chunk, primary.Server, scope.Token).ConfigureAwait(false);
            if (!result.IsOk)
            {
                left.Enqueue(chunk.Length);
            }
        }
    }

    /// <summary>Completes the file if it was written to.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            await CompleteAsync().ConfigureAwait(false);
        }
        catch (DfsException e) when (e.Code is DfsErrorCode.FileNotFound or DfsErrorCode.ChunkNotFound)
        {
            // Removed by somebody else meanwhile: there is nothing left to complete.
            return;
        }
    }

    internal async Task WritePieceAsync(
        FilePiece piece, ReadOnlyMemory<byte> data, CallOptions options, Deadline deadline, CancellationToken cancellationToken)
    {
        var operation = new ChunkOperation(piece.ChunkIndex, WriteMode.AtOffset, piece.InChunk.Offset, _context.Ids.Next(), data);
        var result = await _writer.WriteAsync(operation, options, deadline, cancellationToken).ConfigureAwait(false);
        if (!result.IsOk)
        {
            throw result.Error.ToException();
        }

        Raise(ref _knownLength, piece.FileOffset + piece.LengthBytes);
    }

    /// <summary>The length as far as this client knows without asking; never too long.</summary>
    internal long KnownLength => Volatile.Read(ref _knownLength);

    internal async Task<FileStatus> GetStatusAsync(Deadline deadline, CancellationToken cancellationToken)
    {
        var status = await _length.GetAsync(Status.Inode, _locations, deadline, cancellationToken).ConfigureAwait(false);
        Raise(ref _knownLength, status.LengthBytes);
        return status;
    }

    private static void Raise(ref long place, long value)
    {
        for (var seen = Volatile.Read(ref place); seen < value;)
        {
            var found = Interlocked.CompareExchange(ref place, value, seen);
            if (found == seen)
            {
                return;
            }

            seen = found;
        }
    }
}
