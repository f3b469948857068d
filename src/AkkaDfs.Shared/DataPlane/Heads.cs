// The typed heads of frames, one value per frame type; docs/formats/data-plane.md lists their fields in order.
// Reading checks every number that is used as a length, count or enum.

namespace AkkaDfs.Shared.DataPlane;

/// <summary>Who connects. Numbers are on the wire: append only.</summary>
public enum PeerKind : byte
{
    /// <summary>A client.</summary>
    Client = 1,

    /// <summary>A chunk server.</summary>
    ChunkServer = 2,
}

/// <summary>First frame of the side that connects.</summary>
/// <param name="ClusterId">Its cluster; empty when it does not know yet.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Session">
/// The same for all connections that follow each other in one place: a new one ends the one before, and nothing of that one is
/// taken from then on. So a request that was sent again is never overtaken by its own first copy.
/// </param>
public readonly record struct HelloHead(Guid ClusterId, PeerKind Kind, Guid Session) : IFrameHead
{
    /// <inheritdoc/>
    public int MaxBytes => 33;

    /// <inheritdoc/>
    public void Write(ref HeadWriter writer)
    {
        writer.Guid(ClusterId);
        writer.Byte((byte)Kind);
        writer.Guid(Session);
    }

    /// <summary>Reads it.</summary>
    public static HelloHead Read(ref HeadReader reader) => new(reader.Guid(), (PeerKind)reader.Byte(), reader.Guid());
}

/// <summary>Answer to a hello.</summary>
/// <param name="ClusterId">The server's cluster; empty when it does not know yet.</param>
/// <param name="Server">Its id.</param>
/// <param name="WindowRequests">Requests it takes at once on this connection.</param>
/// <param name="WindowBytes">Payload bytes it takes at once on this connection.</param>
public readonly record struct HelloReplyHead(Guid ClusterId, ServerId Server, int WindowRequests, int WindowBytes) : IFrameHead
{
    /// <inheritdoc/>
    public int MaxBytes => 28;

    /// <inheritdoc/>
    public void Write(ref HeadWriter writer)
    {
        writer.Guid(ClusterId);
        writer.UInt32(Server.Value);
        writer.UInt32((uint)WindowRequests);
        writer.UInt32((uint)WindowBytes);
    }

    /// <summary>Reads it.</summary>
    public static HelloReplyHead Read(ref HeadReader reader)
        => new(reader.Guid(), new ServerId(reader.UInt32()), (int)Math.Min(reader.UInt32(), int.MaxValue), (int)Math.Min(reader.UInt32(), int.MaxValue));
}

/// <summary>A request failed.</summary>
/// <param name="Error">How.</param>
/// <param name="Suspect">For a forwarded operation: the member of the chain that did not accept it; None for the sender itself.</param>
public readonly record struct ErrorHead(DfsError Error, ServerId Suspect = default) : IFrameHead
{
    private const int MaxMessageBytes = 1024;

    /// <inheritdoc/>
    public int MaxBytes => 14 + MaxMessageBytes;

    /// <inheritdoc/>
    public void Write(ref HeadWriter writer)
    {
        writer.UInt32((uint)Error.Code);
        writer.UInt32((uint)Math.Max(0, Error.RetryAfterMs));
        writer.UInt32(Suspect.Value);
        writer.Text(Error.Message, MaxMessageBytes);
    }

    /// <summary>Reads it.</summary>
    public static ErrorHead Read(ref HeadReader reader)
    {
        var code = (DfsErrorCode)reader.UInt32();
        var retryAfterMs = (int)Math.Min(reader.UInt32(), 3_600_000);
        var suspect = new ServerId(reader.UInt32());
        return new ErrorHead(new DfsError(code, reader.Text(MaxMessageBytes), retryAfterMs), suspect);
    }
}

/// <summary>A head without content.</summary>
public readonly record struct EmptyHead : IFrameHead
{
    /// <inheritdoc/>
    public int MaxBytes => 0;

    /// <inheritdoc/>
    public void Write(ref HeadWriter writer)
    {
        // Ping and Pong say everything with their type.
    }
}

/// <summary>Names a replica on a server: Stat, Quiesce, Describe.</summary>
/// <param name="Chunk">The chunk.</param>
/// <param name="Server">The server meant; a foreign one on the same address refuses.</param>
/// <param name="Generation">For Describe: refuse older generations from now on; <see cref="Generation.Any"/> changes nothing.</param>
/// <param name="Epoch">For Describe with a generation: the term of the meta that ordered it.</param>
public readonly record struct ReplicaHead(ChunkId Chunk, ServerId Server, Generation Generation, Epoch Epoch) : IFrameHead
{
    /// <inheritdoc/>
    public int MaxBytes => 24;

    /// <inheritdoc/>
    public void Write(ref HeadWriter writer)
    {
        writer.UInt64(Chunk.Value);
        writer.UInt32(Server.Value);
        writer.UInt32(Generation.Value);
        writer.UInt64(Epoch.Value);
    }

    /// <summary>Reads it.</summary>
    public static ReplicaHead Read(ref HeadReader reader)
        => new(new ChunkId(reader.UInt64()), new ServerId(reader.UInt32()), new Generation(reader.UInt32()), new Epoch(reader.UInt64()));
}

/// <summary>State of a replica.</summary>
public readonly record struct StatusHead(ReplicaStatus Status) : IFrameHead
{
    private const int MaxPathBytes = 4096;

    /// <inheritdoc/>
    public int MaxBytes => 23 + MaxPathBytes;

    /// <inheritdoc/>
    public void Write(ref HeadWriter writer)
    {
        writer.UInt32(Status.Generation.Value);
        writer.UInt64(Status.Sequence);
        writer.Int64(Status.LengthBytes);
        writer.Byte(Status.IsOpen ? (byte)1 : (byte)0);
        writer.Text(Status.Path, MaxPathBytes);
    }

    /// <summary>Reads it.</summary>
    public static StatusHead Read(ref HeadReader reader)
    {
        var generation = new Generation(reader.UInt32());
        var sequence = reader.UInt64();
        var length = reader.Length64();
        var isOpen = reader.Byte() != 0;
        return new StatusHead(new ReplicaStatus(generation, sequence, length, isOpen, reader.Text(MaxPathBytes)));
    }
}
