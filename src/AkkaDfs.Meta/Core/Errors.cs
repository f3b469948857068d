// Texts of meta's errors: what, why, what next.

using AkkaDfs.Shared;

namespace AkkaDfs.Meta.Core;

/// <summary>Makes the errors of the state machine.</summary>
internal static class Errors
{
    /// <summary>The error for a failed path resolution.</summary>
    internal static DfsError Path(DfsErrorCode code, PathRef path) => code switch
    {
        DfsErrorCode.FileNotFound => new DfsError(code, $"There is no '{path}'. Check the path with 'dfs ls'."),
        DfsErrorCode.NotADirectory => new DfsError(code, $"A part of '{path}' is not a directory. Check the path with 'dfs ls'."),
        DfsErrorCode.IsADirectory => new DfsError(code, $"'{path}' is a directory where a file is needed. Name a file."),
        DfsErrorCode.AlreadyExists => new DfsError(code, $"'{path}' exists already. Choose another name, or ask to replace it."),
        DfsErrorCode.DirectoryNotEmpty => new DfsError(code, $"The directory '{path}' has entries. Empty it first, or remove it with -r."),
        DfsErrorCode.NameTooLong => new DfsError(
            code, $"The path is over {PathText.MaxPathBytes} bytes or a name in it over {PathText.MaxNameBytes}. Choose shorter names."),
        DfsErrorCode.PermissionDenied => new DfsError(code, $"The mode of '{path}' does not allow that to you. Ask its owner, or act as another user."),
        DfsErrorCode.NotPermitted => new DfsError(
            code, $"'{path}' lies in a directory whose entries only their owners may remove (mode +t). Ask its owner, or act as the superuser."),
        DfsErrorCode.SnapshotReadOnly => new DfsError(
            code, $"'{path}' is, or would be, in a snapshot, which never changes. Change the living files; '.snapshot' is the way to snapshots and no name for anything else."),
        DfsErrorCode.TooManySymbolicLinks => new DfsError(code, $"'{path}' leads through too many symbolic links. Look for a loop among them."),
        _ => new DfsError(code, $"'{path}' cannot be used here. Correct the path."),
    };

    internal static DfsError Argument(string what, string rule)
        => new(DfsErrorCode.InvalidArgument, $"{what} is out of range: {rule}. Correct the argument.");

    internal static DfsError NotPermitted(PathRef path, string rule)
        => new(DfsErrorCode.NotPermitted, $"'{path}' cannot be changed like that: {rule}. Act as its owner or as the superuser.");

    internal static DfsError TooManyLinks(PathRef path)
        => new(DfsErrorCode.TooManyLinks, $"'{path}' has {Namespace.MaxLinks} names already. Copy it instead, or remove some of them.");

    internal static DfsError SessionLost(Guid session) => new(
        DfsErrorCode.SessionLost, $"Session {session:n} is not known (any more): it was silent for too long. Open again what is needed.");

    internal static DfsError TooManyHandles(string most)
        => new(DfsErrorCode.TooManyHandles, $"No more can be opened: there may be {most}. Close what is open, or end clients that are no longer needed.");

    internal static DfsError NotEnoughServers(int wanted, int found) => new(
        DfsErrorCode.NotEnoughServers,
        $"{wanted} replicas were asked for, but only {found} chunk servers can take one. Start more chunk servers, or ask for fewer replicas.",
        1000);

    internal static DfsError SafeMode(string reason)
        => new(DfsErrorCode.SafeMode, $"Meta has just started and allocates nothing yet: {reason}. It ends by itself.", 250);

    internal static DfsError Recovering(ChunkId chunk, int hintMs)
        => new(DfsErrorCode.ChunkRecovering, $"Chunk {chunk} is being moved to a new generation. Try again shortly.", hintMs);

    internal static DfsError SnapshotUnderWay(string directory, int hintMs)
        => new(DfsErrorCode.ChunkRecovering, $"A snapshot of '{directory}' is being taken: writers below it wait for a moment. Try again shortly.", hintMs);

    internal static DfsError HasSnapshots(PathRef path, string directory)
        => new(DfsErrorCode.HasSnapshots, $"'{path}' cannot be removed: '{directory}' has snapshots. Delete them first, with 'dfs snapshot delete'.");

    internal static DfsError NoReplica(ChunkId chunk, string servers) => new(
        DfsErrorCode.NoReplicaAvailable,
        $"No usable replica of chunk {chunk} is on a live server{servers}. Bring one of its servers back; nothing is lost as long as its disk is there.",
        500);

    internal static DfsError ChunkNotFound(ChunkId chunk)
        => new(DfsErrorCode.ChunkNotFound, $"There is no chunk {chunk} (any more). Ask for the chunks of the file again.");

    internal static DfsError NotTheEnd(int index, int places)
        => new(DfsErrorCode.ChunkNotFound, $"The file has {places} chunks, and none at index {index} to append to. Ask for its last chunk again.");

    internal static DfsError ReplicaDown(ChunkId chunk, string servers) => new(
        DfsErrorCode.ReplicaDown,
        $"Chunk {chunk} has replicas on servers that are down{servers}, and its file's policy is to fail then. Bring them back, or use another policy.");

    internal static DfsError OutcomeForgotten(OperationId operation) => new(
        DfsErrorCode.OutcomeUnknown,
        $"Operation {operation} is too old: its outcome is no longer remembered. It was applied at most once; look before doing it again.");
}
