// The texts of the store's errors, in one place: what, why, what next.

using AkkaDfs.Shared;
using AkkaDfs.Shared.Files;

namespace AkkaDfs.Chunk.Storage;

internal static class StoreErrors
{
    internal static DfsError NotFound(ChunkId chunk)
        => new(DfsErrorCode.ReplicaNotFound, $"This server has no replica of chunk {chunk}. Ask meta where its replicas are.");

    internal static DfsError Exists(ChunkId chunk)
        => new(DfsErrorCode.AlreadyExists, $"This server already has a replica of chunk {chunk}. Open it instead.");

    internal static DfsError Lost(ChunkId chunk, string why)
        => new(DfsErrorCode.ReplicaLost, $"The replica of chunk {chunk} can no longer be trusted: {why} Another server's replica must take its place.");

    internal static DfsError Corrupt(ChunkId chunk, IEnumerable<int> blocks) => new(
        DfsErrorCode.ReplicaCorrupt,
        $"Replica of chunk {chunk}: block {string.Join(", ", blocks)} is not what was written. Read another replica; this one is to be repaired.");

    internal static DfsError Unreadable(ChunkId chunk, Exception failure) => new(
        DfsErrorCode.DiskError,
        $"Replica of chunk {chunk} cannot be read: {failure.Message} Read another replica; this one is to be repaired.");

    internal static DfsError Gap(ChunkId chunk, ulong expected, ulong got)
        => new(DfsErrorCode.SequenceGap, $"Chunk {chunk} expects operation {expected} and got {got}. Send the missing ones first.");

    internal static DfsError OutOfRange(ChunkId chunk, string what)
        => new(DfsErrorCode.OutOfRange, $"Chunk {chunk}: {what}");

    internal static DfsError BadChecksum(ChunkId chunk)
        => new(DfsErrorCode.ProtocolViolation, $"Chunk {chunk}: the bytes do not match the checksums that came with them; nothing was written. Send them again.");

    internal static DfsError Invalid(string what) => new(DfsErrorCode.InvalidArgument, what);

    internal static DfsError Full(string folder)
        => new(DfsErrorCode.DiskFull, $"The disk of {folder} is down to its reserve. Free space there or add a data folder.");

    internal static DfsError StaleRole(ChunkId chunk, Generation own, Generation asked)
        => new(DfsErrorCode.StaleGeneration, $"Chunk {chunk} is at generation {own} here; {asked} is older. Ask meta again.");

    internal static DfsError LogDamaged(string folder, string where) => new(
        DfsErrorCode.StoreDamaged,
        $"The write-ahead log of {folder} is damaged ({where}). Replicas that may lack operations are given up; the others go on.");

    internal static DfsError FolderGone(string folder, string why) => new(
        DfsErrorCode.StoreDamaged,
        $"The data folder {folder} is no longer the one that was opened: {why} Its replicas are given up; restore the folder and restart, or take it back empty.");

    internal static DfsError Disk(Exception failure, string doing) => FileErrors.ToError(failure, doing);
}
