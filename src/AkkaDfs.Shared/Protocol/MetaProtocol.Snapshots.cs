// Snapshots of directories: read as DIR/.snapshot/NAME/..., never changed.

namespace AkkaDfs.Shared.Protocol;

public static partial class MetaProtocol
{
    /// <summary>Most snapshots of one directory.</summary>
    public const int MaxSnapshots = 1024;

    /// <summary>
    /// Takes a snapshot of a directory with all that is below it. Every write that was acknowledged before this is asked for is in it,
    /// and none that begins after the answer. Only the directory's owner and the superuser may. Answer: <see cref="StatusReply"/> of
    /// what the snapshot shows for the directory; AlreadyExists; ChunkRecovering while writers below are brought to a stop.
    /// </summary>
    /// <param name="Target">The directory.</param>
    /// <param name="Name">A name as files have, free among the directory's snapshots.</param>
    public sealed record CreateSnapshot(PathRef Target, string Name) : Mutation;

    /// <summary>Removes a snapshot; what only it kept is freed bit by bit. Answer: <see cref="Done"/>, or FileNotFound.</summary>
    public sealed record DeleteSnapshot(PathRef Target, string Name) : Mutation;

    /// <summary>Asks for the snapshots of a directory. Answer: <see cref="SnapshotList"/>.</summary>
    public sealed record ListSnapshots(PathRef Target) : Request;

    /// <summary>One snapshot.</summary>
    /// <param name="Name">Its name.</param>
    /// <param name="AtUnixNs">When it was taken.</param>
    /// <param name="Uid">Who took it.</param>
    public sealed record SnapshotEntry(string Name, long AtUnixNs, uint Uid);

    /// <summary>The snapshots of a directory, oldest first.</summary>
    public sealed record SnapshotList(IReadOnlyList<SnapshotEntry> Entries) : Reply;
}
