// One request of the kernel's, from its reading to its answer. It is answered exactly once: whoever comes second is passed over, so that
// a watchdog can answer for a handler that does not come back.

using AkkaDfs.Fuse.Protocol;
using AkkaDfs.Shared;

namespace AkkaDfs.Fuse.Session;

/// <summary>A request and the way to answer it.</summary>
internal sealed class FuseRequest(FuseSession session, byte[] buffer, int length, long arrivedAt) : IDisposable
{
    private readonly CancellationTokenSource _given = new();
    private int _answered;

    public Opcode Opcode { get; } = (Opcode)Wire.U32(buffer, 4);

    public ulong Unique { get; } = Wire.U64(buffer, 8);

    /// <summary>The node it is about: its id is its inode's number.</summary>
    public InodeId Node { get; } = new(Wire.U64(buffer, 16));

    public uint Uid { get; } = Wire.U32(buffer, 24);

    public uint Gid { get; } = Wire.U32(buffer, 28);

    public uint Pid { get; } = Wire.U32(buffer, 32);

    /// <summary>What follows the header. Valid until the request is disposed of.</summary>
    public ReadOnlyMemory<byte> Body { get; } = buffer.AsMemory(Wire.InHeader, length - Wire.InHeader);

    /// <summary>Fires when whoever asked has been interrupted, and when the watchdog has answered.</summary>
    public CancellationToken Token => _given.Token;

    /// <summary>When it was read, by the session's clock.</summary>
    public long ArrivedAt { get; } = arrivedAt;

    /// <summary>True when it may take as long as it takes: waiting for a lock.</summary>
    public bool IsPatient => Opcode is Opcode.SetLockWait or Opcode.Fallocate;

    /// <summary>When the kernel said that whoever asked has got a signal; 0 for never.</summary>
    public long InterruptedAt { get; set; }

    public bool IsAnswered => Volatile.Read(ref _answered) != 0;

    /// <summary>Stops the handler.</summary>
    public void Cancel() => _given.Cancel();

    /// <summary>Answers with an error, or with 0 that it is done.</summary>
    public void Answer(int error)
    {
        Span<byte> header = stackalloc byte[Wire.OutHeader];
        Send(header, -error);
    }

    /// <summary>Answers with a few bytes.</summary>
    public void Answer(ReadOnlySpan<byte> body)
    {
        Span<byte> whole = stackalloc byte[Wire.OutHeader + body.Length];
        body.CopyTo(whole[Wire.OutHeader..]);
        Send(whole, 0);
    }

    /// <summary>Answers with what lies in a buffer behind <see cref="Wire.OutHeader"/> free bytes.</summary>
    public void AnswerFrom(byte[] whole, int bodyBytes) => Send(whole.AsSpan(0, Wire.OutHeader + bodyBytes), 0);

    /// <summary>A buffer for <see cref="AnswerFrom"/>; the caller gives it back.</summary>
    public byte[] RentAnswer(int bodyBytes) => session.Buffers.Rent(Wire.OutHeader + bodyBytes);

    public void Return(byte[] answer) => session.Buffers.Return(answer);

    /// <summary>Gives its memory back.</summary>
    public void Dispose()
    {
        session.Buffers.Return(buffer);
        _given.Dispose();
    }

    private void Send(Span<byte> whole, int error)
    {
        if (Interlocked.Exchange(ref _answered, 1) != 0)
        {
            return;
        }

        Wire.Put(whole, 0, whole.Length);
        Wire.Put(whole, 4, error);
        Wire.Put(whole, 8, Unique);
        session.Send(whole);
    }
}
