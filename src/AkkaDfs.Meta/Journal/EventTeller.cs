// Events as people read them: what happened to which path. Told before the event is applied, while the state still knows the names
// that it changes.

using System.Globalization;
using AkkaDfs.Meta.Core;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Meta.Journal;

/// <summary>An event in words.</summary>
/// <param name="AtUnixNs">When; the time of the event before for those that have none.</param>
/// <param name="Kind">A word for programs.</param>
/// <param name="Path">What it happened to; empty for the cluster itself.</param>
/// <param name="OtherPath">Where something was moved or linked to; empty otherwise.</param>
/// <param name="Text">The rest.</param>
internal readonly record struct ToldEvent(long AtUnixNs, string Kind, string Path, string OtherPath, string Text);

/// <summary>Puts events into words.</summary>
internal sealed class EventTeller(DurableState state)
{
    private long _now;

    /// <summary>Null for events that only keep the books of others.</summary>
    public ToldEvent? Tell(MetaEvent change)
    {
        switch (change)
        {
            case ClusterFormed e: return At(e.AtUnixNs, "formed", string.Empty, $"cluster {e.ClusterId:n}");
            case EpochStarted e: return At(e.AtUnixNs, "epoch", string.Empty, $"meta began to act in epoch {e.Epoch}");
            case ServerRegistered e: return At(e.AtUnixNs, "server", string.Empty, $"server {e.Server} at {e.Endpoint}, control {e.ControlAddress}");
            case ServerModeSet e: return At(e.AtUnixNs, "server-mode", string.Empty, $"server {e.Server} is {e.Mode}");
            case NodeCreated e: return At(e.AtUnixNs, "create", PathOf(e.Parent, e.Name), Created(e));
            case LinkAdded e: return At(e.AtUnixNs, "link", PathOf(e.Inode), "further name", PathOf(e.Parent, e.Name));
            case AttributesSet e: return At(e.AtUnixNs, "attributes", PathOf(e.Inode), $"mode {Octal(e.Mode)}, user {e.Uid}, group {e.Gid}");
            case LeaseTaken e: return At(e.AtUnixNs, "lease", PathOf(e.Inode), $"{(e.IsShared ? "shared" : "exclusive")}, {e.Holder}");
            case LeaseEnded e: return At(e.AtUnixNs, "unlease", PathOf(e.Inode), e.Holder);
            case EntryTrashed e: return At(e.AtUnixNs, "remove", PathOf(e.Parent, e.Name), $"to the trash, user {e.Uid}");
            case TrashRestored e: return At(e.AtUnixNs, "undelete", state.Names.Trash[e.Inode].Path, string.Empty, PathOf(e.ToParent, e.ToName));
            case TrashExpunged e: return At(e.AtUnixNs, "expunge", state.Names.Trash[e.Inode].Path, "gone from the trash");
            case SnapshotTaken e: return At(e.AtUnixNs, "snapshot", PathOf(e.Directory), $"snapshot {e.Name}, user {e.Uid}");
            case SnapshotRemoved e: return At(e.AtUnixNs, "snapshot", PathOfSnapshot(e.Number), "gone");
            case ChunkCopied e: return At(e.AtUnixNs, "copied", PathOf(e.Of), $"chunk {e.Of}: snapshots see chunk {e.Copy} in its place");
            case QuotaSet e: return At(e.AtUnixNs, "quota", PathOf(e.Inode), $"{e.MaxBytes} bytes, {e.MaxFiles} files");
            case XattrSet e: return At(e.AtUnixNs, "xattr", PathOf(e.Inode), $"{e.Name} = {e.Value.Length} bytes");
            case XattrRemoved e: return At(e.AtUnixNs, "xattr", PathOf(e.Inode), $"{e.Name} removed");
            case EntryRemoved e: return At(e.AtUnixNs, "remove", PathOf(e.Parent, e.Name), string.Empty);
            case EntryMoved e:
                return At(
                    e.AtUnixNs, e.Exchange ? "exchange" : "move", PathOf(e.FromParent, e.FromName), string.Empty, PathOf(e.ToParent, e.ToName));
            case ChunkAllocated e: return At(e.AtUnixNs, "allocate", PathOf(e.File), $"chunk {e.Chunk}, index {e.Index}");
            case FileCut e: return At(e.AtUnixNs, "cut", PathOf(e.File), $"no chunks from index {e.Places} on");
            case GenerationRaised e: return At(e.AtUnixNs, "generation", PathOf(e.Chunk), $"chunk {e.Chunk}: generation {e.Generation} begins");
            case ChunkOpened e:
                return At(_now, "open", PathOf(e.Chunk), $"chunk {e.Chunk}: writes under generation {e.Generation} with {e.Members} replicas");
            case ChunkMeasured e:
                return At(e.AtUnixNs, e.Closes ? "close" : "measure", PathOf(e.Chunk), $"chunk {e.Chunk}: {e.LengthBytes} bytes");
            default: return null;
        }
    }

    private ToldEvent At(long atUnixNs, string kind, string path, string text, string otherPath = "")
    {
        _now = Math.Max(_now, atUnixNs);
        return new ToldEvent(_now, kind, path, otherPath, text);
    }

    private static string Created(NodeCreated e)
    {
        var owner = $"mode {Octal(e.Mode)}, user {e.Uid}, group {e.Gid}";
        return e.Kind switch
        {
            NodeKind.File when e.Layout is { } layout => $"file, {owner}, chunks of {layout.ChunkSizeBytes} bytes, {layout.Replicas} replicas",
            NodeKind.SymbolicLink => $"symbolic link to {e.LinkTarget}, {owner}",
            _ => $"{e.Kind.ToString().ToLowerInvariant()}, {owner}",
        };
    }

    private static string Octal(uint mode) => Convert.ToString(mode & 0xFFF, 8).PadLeft(4, '0').ToString(CultureInfo.InvariantCulture);

    private string PathOf(InodeId parent, string name) => $"{PathOf(parent).TrimEnd('/')}/{name}";

    private string PathOf(InodeId inode) => state.Names.Find(inode) is { } node ? Namespace.PathOf(node) : string.Empty;

    private string PathOfSnapshot(uint number)
        => state.Names.Snapshots.FirstOrDefault(s => s.Number == number) is { } snapshot ? $"{PathOf(snapshot.Directory).TrimEnd('/')}/{Namespace.SnapshotName}/{snapshot.Name}" : string.Empty;

    private string PathOf(ChunkId chunk) => state.Chunks.Find(chunk) is { } found ? Namespace.PathOf(found.File) : string.Empty;
}
