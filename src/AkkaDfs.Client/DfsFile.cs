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
public sealed partial class DfsFile : IAsyncDisposable
{
    private static readonly TimeSpan QuiescePatience = TimeSpan.FromSeconds(2);

    private readonly ClientContext _context;
    private readonly FileLocations _locations;
    private readonly PieceReader _reader;
    private readonly ChunkWriter _writer;
    private readonly FileAppender _appender;
    private readonly FileLength _length;
    private long _knownLength;
    private long _begunLength;

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

    /// <summary>False when it was opened for reading: meta is asked before the first write.</summary>
    internal bool MayWrite { get; set; } = true;

    internal PieceReader Reader => _reader;

    internal int ChunkSizeBytes => Status.Layout.ChunkSizeBytes;

    /// <summary>The length now, in bytes: everything acknowledged before this call is in it.</summary>
    public async Task<long> GetLengthAsync(CallOptions? options = null, CancellationToken cancellationToken = default)
    {
        var status = await GetStatusAsync(_context.DeadlineOf(options), cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
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
        var mayBeCut = offset + destination.Length <= Volatile.Read(ref _knownLength);
        if (!mayBeCut)
        {
            await GetStatusAsync(deadline, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
        }

        var end = Math.Min(offset + destination.Length, Volatile.Read(ref _knownLength));
        if (end <= offset)
        {
            return 0;
        }

        var pieces = ReadPlan.Split(new ByteRange(offset, end - offset), ChunkSizeBytes, _context.Settings.RequestBytes);
        var inFlight = ReadPlan.PiecesInFlight(_context.Settings.Window, _context.Settings.RequestBytes, ChunkSizeBytes);
        var missing = 0;
        await Bounded.ForEachAsync(pieces, inFlight, ReadPieceAsync, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
        if (mayBeCut && missing > 0)
        {
            // A hole, or somebody has made the file shorter since its length was asked for.
            var status = await GetStatusAsync(deadline, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
            end = Math.Max(offset, Math.Min(end, status.LengthBytes));
        }

        return (int)(end - offset);

        async Task ReadPieceAsync(FilePiece piece, CancellationToken token)
        {
            var target = destination.Slice((int)(piece.FileOffset - offset), piece.LengthBytes);
            var there = await _reader.ReadAsync(piece, target, deadline, token).ConfigureAwait(Surroundings.HoldAwaits);
            if (there < piece.LengthBytes)
            {
                Interlocked.Increment(ref missing);
            }
        }
    }

    /// <summary>Writes at an offset; a gap between the end and the offset reads as NUL afterwards.</summary>
    public async Task WriteAsync(
        long offset, ReadOnlyMemory<byte> data, CallOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        var deadline = _context.DeadlineOf(options);
        await CheckMayWriteAsync(deadline, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
        await FillUpToAsync(offset, options, deadline, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);

        // At once: what is written behind this one at the same time finds no gap.
        Raise(ref _begunLength, offset + data.Length);
        var pieces = WritePlan.Split(new ByteRange(offset, data.Length), ChunkSizeBytes, _context.Settings.RequestBytes);
        var inFlight = ReadPlan.PiecesInFlight(_context.Settings.Window, _context.Settings.RequestBytes, ChunkSizeBytes);
        await Bounded.ForEachAsync(pieces, inFlight, WriteOneAsync, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);

        Task WriteOneAsync(FilePiece piece, CancellationToken token)
            => WritePieceAsync(piece, data.Slice((int)(piece.FileOffset - offset), piece.LengthBytes), options ?? CallOptions.Default, deadline, token);
    }

    /// <summary>
    /// Makes the file exactly so long: cut at the end, or with NUL from its old end on. Others who write at the same time may
    /// make it longer again.
    /// </summary>
    /// <param name="lengthBytes">0 and up.</param>
    /// <param name="options">Deadline, acknowledgement, sync.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="DfsException">
    /// Those of writes. A call that fails on a file of several chunks may have cut off some of the last ones; what is left is a
    /// beginning of the file, and the call can be made again.
    /// </exception>
    public async Task SetLengthAsync(long lengthBytes, CallOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(lengthBytes);
        if (lengthBytes / ChunkSizeBytes >= int.MaxValue - 1)
        {
            throw new DfsException(
                DfsErrorCode.InvalidArgument,
                $"{Path} cannot be {lengthBytes} bytes long: with chunks of {ChunkSizeBytes} bytes a file has fewer than {(long)ChunkSizeBytes * int.MaxValue}. Copy it into a file with larger chunks.");
        }

        var deadline = _context.DeadlineOf(options);
        await CheckMayWriteAsync(deadline, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
        var last = (int)(Math.Max(0, lengthBytes - 1) / ChunkSizeBytes);
        var growth = _locations.Growth;
        var known = Volatile.Read(ref _knownLength);
        var kept = await _context.AskAsync<MetaProtocol.StatusReply>(
            new MetaProtocol.CutFile(Status.Inode, last + 1), deadline, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
        _locations.Cut(kept.Status, growth);
        var end = Math.Max(0, kept.Status.ChunkCount - 1);
        if (end < last)
        {
            await SetChunkLengthAsync(end, ChunkSizeBytes, options, deadline, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
        }

        if (lengthBytes > 0 || kept.Status.ChunkCount > 0)
        {
            await SetChunkLengthAsync(last, lengthBytes - ((long)last * ChunkSizeBytes), options, deadline, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
        }

        Learn(known, lengthBytes);
        Volatile.Write(ref _begunLength, lengthBytes);
    }

    /// <summary>
    /// To be called before a write that may begin behind the end of the file. If it leaves the chunk in which the file ends, that
    /// one is filled up: whoever appends and has not heard of the chunks behind it would go on there.
    /// </summary>
    internal async Task FillUpToAsync(long offset, CallOptions? options, Deadline deadline, CancellationToken cancellationToken)
    {
        if (offset <= Math.Max(Volatile.Read(ref _knownLength), Volatile.Read(ref _begunLength)))
        {
            return;
        }

        var status = await GetStatusAsync(deadline, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
        var end = (int)(Math.Max(0, status.LengthBytes - 1) / ChunkSizeBytes);
        if (offset / ChunkSizeBytes > end && status.LengthBytes < (long)(end + 1) * ChunkSizeBytes)
        {
            await SetChunkLengthAsync(end, ChunkSizeBytes, options, deadline, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
        }
    }

    // In order with the writes to that chunk, by its primary.
    private async Task SetChunkLengthAsync(int index, long lengthBytes, CallOptions? options, Deadline deadline, CancellationToken cancellationToken)
    {
        var operation = new ChunkOperation(index, WriteMode.Truncate, lengthBytes, _context.Ids.Next(), ReadOnlyMemory<byte>.Empty);
        var result = await _writer.WriteAsync(operation, options ?? CallOptions.Default, deadline, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
        if (!result.IsOk)
        {
            throw result.Error.ToException();
        }
    }

    /// <summary>Appends exactly these bytes. Up to one chunk's free space they stay together; longer ones can be parted by others.</summary>
    /// <param name="data">The bytes.</param>
    /// <param name="ticket">Names the append through retries of this call; null for a new one.</param>
    /// <param name="options">Deadline, acknowledgement, sync.</param>
    /// <param name="cancellationToken">Gives up; what was under way may be applied.</param>
    /// <returns>Offset of the first byte.</returns>
    public async Task<long> AppendAsync(
        ReadOnlyMemory<byte> data, AppendTicket? ticket = null, CallOptions? options = null, CancellationToken cancellationToken = default)
    {
        var deadline = _context.DeadlineOf(options);
        await CheckMayWriteAsync(deadline, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
        return await _appender.AppendAsync(data, ticket ?? NewTicket(), options ?? CallOptions.Default, deadline, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
    }

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
    public async Task<long> RecordAppendAsync(
        ReadOnlyMemory<byte> record, AppendTicket? ticket = null, CallOptions? options = null, CancellationToken cancellationToken = default)
    {
        var deadline = _context.DeadlineOf(options);
        await CheckMayWriteAsync(deadline, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
        return await _appender.RecordAppendAsync(record, ticket ?? NewTicket(), options ?? CallOptions.Default, deadline, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
    }

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
        await Bounded.ForEachAsync(_writer.TakeWritten(), _context.Settings.Window, QuiesceAsync, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
        if (!left.IsEmpty)
        {
            await TellLengthsAsync([.. left], deadline, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
        }

        async Task QuiesceAsync(WrittenChunk chunk, CancellationToken token)
        {
            using var scope = new AttemptScope(_context.Time, deadline.Attempt(QuiescePatience), token);
            var primary = chunk.Location.Replicas[0];
            var result = await _context.Data.QuiesceAsync(primary.Endpoint, chunk.Location.Chunk, primary.Server, scope.Token).ConfigureAwait(Surroundings.HoldAwaits);
            if (!result.IsOk)
            {
                left.Enqueue(chunk.Length);
            }
        }
    }

    /// <summary>Completes the file if it was written to.</summary>
    public async ValueTask DisposeAsync() => await CompleteAsync().ConfigureAwait(Surroundings.HoldAwaits);

    private async Task TellLengthsAsync(MetaProtocol.ChunkLength[] lengths, Deadline deadline, CancellationToken cancellationToken)
    {
        try
        {
            await _context.AskAsync<MetaProtocol.StatusReply>(
                new MetaProtocol.CompleteFile(Status.Inode, lengths), deadline, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
        }
        catch (DfsException e) when (e.Code is DfsErrorCode.FileNotFound or DfsErrorCode.ChunkNotFound)
        {
            // Removed or cut by somebody else meanwhile: there is nothing left to complete.
            return;
        }
    }

    internal async Task WritePieceAsync(
        FilePiece piece, ReadOnlyMemory<byte> data, CallOptions options, Deadline deadline, CancellationToken cancellationToken)
    {
        await CheckMayWriteAsync(deadline, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
        Raise(ref _begunLength, piece.FileOffset + piece.LengthBytes);
        var operation = new ChunkOperation(piece.ChunkIndex, WriteMode.AtOffset, piece.InChunk.Offset, _context.Ids.Next(), data);
        var result = await _writer.WriteAsync(operation, options, deadline, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
        if (!result.IsOk)
        {
            throw result.Error.ToException();
        }

        Raise(ref _knownLength, piece.FileOffset + piece.LengthBytes);
    }

    /// <summary>Throws when the caller has no right to write; asks meta once.</summary>
    internal async ValueTask CheckMayWriteAsync(Deadline deadline, CancellationToken cancellationToken)
    {
        if (!MayWrite)
        {
            await _context.AskAsync<MetaProtocol.StatusReply>(
                new MetaProtocol.GetStatus(PathRef.Of(Status.Inode), Access: MetaProtocol.Access.Write), deadline, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
            MayWrite = true;
        }
    }

    /// <summary>The length as far as this client knows without asking; too long only when others have cut the file since.</summary>
    internal long KnownLength => Volatile.Read(ref _knownLength);

    internal async Task<FileStatus> GetStatusAsync(Deadline deadline, CancellationToken cancellationToken)
    {
        var growth = _locations.Growth;
        var known = Volatile.Read(ref _knownLength);
        var status = await _length.GetAsync(Status.Inode, _locations, deadline, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
        _locations.Cut(status, growth);
        Learn(known, status.LengthBytes);
        return status;
    }

    // A length that was asked for counts unless a write of this client's has made the file longer meanwhile.
    private void Learn(long knownBefore, long lengthBytes)
    {
        if (lengthBytes < knownBefore)
        {
            Interlocked.CompareExchange(ref _knownLength, lengthBytes, knownBefore);
        }
        else
        {
            Raise(ref _knownLength, lengthBytes);
        }
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
