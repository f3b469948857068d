// Writes to one node that the kernel has its answer for and the cluster has not yet. Neighbours are gathered into one piece, several
// pieces are under way at once, and what depends on order keeps it: a piece waits for all before it that it overlaps, and appends wait
// for everything before them, as everything behind waits for them.
//
// Nothing stays here for long: a piece goes when it is full, when a write does not continue it, when it has waited for its age, and
// when anybody asks for what depends on it (fsync, close, reading, attributes, locks). What fails is told to everybody who had written
// through an open file until then, once, at its next fsync or close.

using AkkaDfs.Fuse.Protocol;
using AkkaDfs.Shared;

namespace AkkaDfs.Fuse.Operations;

/// <summary>Writes a piece to the cluster.</summary>
internal delegate Task PieceWriter(OpenFile through, long offset, bool isAppend, ReadOnlyMemory<byte> data, bool sync);

/// <summary>What is on its way to one node. Thread-safe.</summary>
internal sealed class WriteBehind(PieceWriter write, ByteBudget budget, TimeProvider time)
{
    /// <summary>Size of a piece that is sent by itself.</summary>
    public const int MaxPieceBytes = 1 << 20;

    /// <summary>From this size on a write is sent as it is, from the kernel's own buffer.</summary>
    public const int LargeBytes = 256 * 1024;

    private const int FirstBytes = 16 * 1024;
    private const int MostUnderWay = 64;
    private const int MostLargeUnderWay = 12;

    private readonly Lock _gate = new();
    private readonly List<Piece> _underWay = [];
    private Piece? _open;

    /// <summary>How many failures there were; see <see cref="Failure"/>.</summary>
    public int Failures { get; private set; }

    /// <summary>The last failure.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>True when something is on its way.</summary>
    public bool IsBusy
    {
        get
        {
            lock (_gate)
            {
                return _open is not null || _underWay.Count > 0;
            }
        }
    }

    /// <summary>Takes a small write if there is room for it at once; its bytes are copied.</summary>
    /// <returns>False: nothing was taken. Ask <see cref="TakeAsync"/>.</returns>
    public bool TryTake(OpenFile through, long offset, bool isAppend, ReadOnlySpan<byte> data)
    {
        if (data.Length > MaxPieceBytes || !budget.TryTake(data.Length))
        {
            return false;
        }

        lock (_gate)
        {
            if (_open is { } open && !open.Continues(through, offset, isAppend, data.Length))
            {
                Send(open, sync: false);
            }

            if (_open is null && _underWay.Count >= MostUnderWay)
            {
                budget.Return(data.Length);
                return false;
            }

            _open ??= new Piece(through, offset, isAppend, time.GetTimestamp(), Memory.Rent(Math.Max(FirstBytes, data.Length)));
            _open.Add(data);
            if (_open.Length == MaxPieceBytes)
            {
                Send(_open, sync: false);
            }
        }

        return true;
    }

    /// <summary>Takes a small write, and waits for room.</summary>
    public async ValueTask TakeAsync(OpenFile through, long offset, bool isAppend, ReadOnlyMemory<byte> data)
    {
        while (!TryTake(through, offset, isAppend, data.Span))
        {
            if (Oldest() is { } before)
            {
                await before.Done.ConfigureAwait(false);
            }
            else
            {
                // The room is taken by other nodes: in line, and then once more from the start.
                await budget.TakeAsync(data.Length).ConfigureAwait(false);
                budget.Return(data.Length);
            }
        }
    }

    /// <summary>Returns when no more pieces are under way than a large write may have before it.</summary>
    public async ValueTask RoomAsync()
    {
        while (FirstOfMany() is { } before)
        {
            await before.Done.ConfigureAwait(false);
        }
    }

    /// <summary>Begins a write whose bytes stay the caller's until the result is done; it never fails, see <see cref="Failure"/>.</summary>
    public Task Begin(OpenFile through, long offset, bool isAppend, ReadOnlyMemory<byte> data)
    {
        lock (_gate)
        {
            if (_open is { } open)
            {
                Send(open, sync: false);
            }

            var piece = new Piece(through, offset, isAppend, time.GetTimestamp(), null) { Data = data };
            Send(piece, sync: false);
            return piece.Done;
        }
    }

    /// <summary>Sends what waits and returns when nothing is under way of what was taken before. Never fails, see <see cref="Failure"/>.</summary>
    /// <param name="sync">Whether what still waits is to be on disk when it is there.</param>
    public Task DrainAsync(bool sync)
    {
        lock (_gate)
        {
            if (_open is { } open)
            {
                Send(open, sync);
            }

            return _underWay.Count switch
            {
                0 => Task.CompletedTask,
                1 => _underWay[0].Done,
                _ => Task.WhenAll(_underWay.Select(p => p.Done)),
            };
        }
    }

    /// <summary>Sends what has waited for longer than this.</summary>
    public void SendOlderThan(TimeSpan age)
    {
        lock (_gate)
        {
            if (_open is { } open && time.GetElapsedTime(open.BeganAt) >= age)
            {
                Send(open, sync: false);
            }
        }
    }

    private Piece? FirstOfMany()
    {
        lock (_gate)
        {
            return _underWay.Count >= MostLargeUnderWay ? _underWay[0] : null;
        }
    }

    private Piece? Oldest()
    {
        lock (_gate)
        {
            return _underWay.Count > 0 ? _underWay[0] : null;
        }
    }

    // With the gate held.
    private void Send(Piece piece, bool sync)
    {
        _open = ReferenceEquals(piece, _open) ? null : _open;
        Task[] before = [.. _underWay.Where(piece.MustFollow).Select(p => p.Done)];
        _underWay.Add(piece);
        piece.Done = SendAsync(piece, before, sync);
    }

    private async Task SendAsync(Piece piece, Task[] before, bool sync)
    {
        // Never under the gate, and never on the caller's way: whoever writes has its answer already.
        await Task.Yield();
        Exception? failure = null;
        try
        {
            if (before.Length > 0)
            {
                await Task.WhenAll(before).ConfigureAwait(false);
            }

            await write(piece.Through, piece.Offset, piece.IsAppend, piece.Data, sync).ConfigureAwait(false);
        }
        catch (Exception e) when (e is DfsException or OperationCanceledException)
        {
            failure = e;
        }

        lock (_gate)
        {
            _underWay.Remove(piece);
            if (failure is not null)
            {
                Failure = failure;
                Failures++;
            }
        }

        if (piece.Buffer is { } buffer)
        {
            budget.Return(piece.Length);

            // After a failure a piece of it may still be on its way out of the buffer.
            if (failure is null)
            {
                Memory.Return(buffer);
            }
        }
    }

    /// <summary>Buffers that grow with what is gathered in them.</summary>
    private static class Memory
    {
        private static readonly System.Buffers.ArrayPool<byte> Pool = System.Buffers.ArrayPool<byte>.Create(MaxPieceBytes, 64);

        public static byte[] Rent(int bytes) => Pool.Rent(bytes);

        public static void Return(byte[] buffer) => Pool.Return(buffer);
    }

    private sealed class Piece(OpenFile through, long offset, bool isAppend, long beganAt, byte[]? buffer)
    {
        public OpenFile Through { get; } = through;

        public long Offset { get; } = offset;

        public bool IsAppend { get; } = isAppend;

        public long BeganAt { get; } = beganAt;

        public byte[]? Buffer { get; private set; } = buffer;

        public ReadOnlyMemory<byte> Data { get; set; }

        public int Length => Data.Length;

        public Task Done { get; set; } = Task.CompletedTask;

        public bool Continues(OpenFile other, long at, bool append, int bytes)
            => append == IsAppend && Length + bytes <= MaxPieceBytes && (append || at == Offset + Length) && (ReferenceEquals(other, Through) || other.Node == Through.Node);

        public bool MustFollow(Piece earlier)
            => IsAppend || earlier.IsAppend || (Offset < earlier.Offset + earlier.Length && earlier.Offset < Offset + Length);

        public void Add(ReadOnlySpan<byte> bytes)
        {
            var length = Length + bytes.Length;
            if (length > Buffer!.Length)
            {
                var larger = Memory.Rent(Math.Min(MaxPieceBytes, Math.Max(length, Buffer.Length * 4)));
                Data.Span.CopyTo(larger);
                Memory.Return(Buffer);
                Buffer = larger;
            }

            bytes.CopyTo(Buffer.AsSpan(Length));
            Data = Buffer.AsMemory(0, length);
        }
    }
}
