// What a caller can say about one call.

using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Client;

/// <summary>Options of one call; the defaults suit most.</summary>
public sealed record CallOptions
{
    /// <summary>Everything by default.</summary>
    public static readonly CallOptions Default = new();

    /// <summary>
    /// Time the call may take, retries included; null takes <see cref="DfsClientOptions.OperationTimeout"/>,
    /// <see cref="System.Threading.Timeout.InfiniteTimeSpan"/> waits for ever.
    /// </summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>When a write counts as done; Default takes what the file was created with.</summary>
    public AckPolicy Ack { get; init; }

    /// <summary>
    /// What this write does while a server is down; Default takes what the file was created with. Other writes to the file go on
    /// by their own: one that replaces makes the chunk whole for all.
    /// </summary>
    public ReplicaDownPolicy OnReplicaDown { get; init; }

    /// <summary>True: a write counts as done only when every replica has it on disk.</summary>
    public bool Sync { get; init; }
}

/// <summary>How to create a file.</summary>
public sealed record CreateOptions
{
    /// <summary>A new file, with missing directories made, or the content of an existing one replaced.</summary>
    public static readonly CreateOptions Default = new();

    /// <summary>What to do with an existing file.</summary>
    public MetaProtocol.Disposition Disposition { get; init; } = MetaProtocol.Disposition.Replace;

    /// <summary>How to store it.</summary>
    public FileLayout Layout { get; init; } = FileLayout.Default;

    /// <summary>Permission bits, as for creat(2): the client's umask is taken away from them.</summary>
    public uint Mode { get; init; } = 0x1B6;

    /// <summary>Make missing directories.</summary>
    public bool MakeParents { get; init; } = true;

    /// <summary>False spares an unused chunk when the file is known to stay empty.</summary>
    public bool ExpectsContent { get; init; } = true;
}

/// <summary>
/// Names one append through all of its retries. Whoever gets <see cref="DfsErrorCode.OutcomeUnknown"/> may call again with the
/// same ticket and the same bytes: the append is then applied once, or found to have been applied. Not thread-safe.
/// </summary>
public sealed class AppendTicket
{
    internal AppendTicket(OperationIds ids) => Ids = ids;

    /// <summary>Id of the part that is under way; none before the first attempt.</summary>
    public OperationId Operation { get; internal set; }

    /// <summary>Bytes that are acknowledged already; only a stream append can be between zero and all.</summary>
    public int BytesDone { get; internal set; }

    internal OperationIds Ids { get; }

    internal InodeId File { get; set; }

    internal int ChunkIndex { get; set; } = -1;

    /// <summary>The chunk that was found full before <see cref="ChunkIndex"/>; none when that one is believed to be there.</summary>
    internal ChunkId After { get; set; }

    internal int PartBytes { get; set; }

    internal long FirstOffset { get; set; } = -1;

    /// <summary>True when the present operation may have been sent.</summary>
    internal bool IsSent { get; set; }

    internal void NextOperation()
    {
        Operation = Ids.Next();
        IsSent = false;
    }
}

/// <summary>Operation ids of one client instance. Thread-safe.</summary>
internal sealed class OperationIds(Guid client)
{
    private long _last;

    public OperationId Next() => new(client, (ulong)Interlocked.Increment(ref _last));
}
