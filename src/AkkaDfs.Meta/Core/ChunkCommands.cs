// Mutations of chunks that clients ask for: allocation, opening for writing, lengths, complaints about replicas.
// Allocation and opening may be repeated freely: they give what is there.

using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Meta.Core;

/// <summary>Answers clients about chunks.</summary>
internal sealed class ChunkCommands(MetaState state)
{
    private readonly Namespace _names = state.Durable.Names;
    private readonly ChunkTable _chunks = state.Durable.Chunks;

    /// <summary>Why no chunk of that layout can be allocated now, or null.</summary>
    internal static DfsError? CanAllocate(MetaState state, FileLayout layout)
    {
        if (state.SafeMode.IsActive)
        {
            return Errors.SafeMode(state.SafeMode.Reason);
        }

        int usable = 0, coming = 0;
        foreach (var server in state.Durable.Servers.All)
        {
            usable += Placement.WhyNot(server, 0) == PlacementRefusal.None ? 1 : 0;
            coming += server is { IsAlive: true, HasReported: false } ? 1 : 0;
        }

        // With servers down that were there before, fewer replicas are made now and the others by repair, if policy allows.
        var mayDegrade = layout.OnReplicaDown == ReplicaDownPolicy.Replace && usable > 0 && coming == 0
            && state.Durable.Servers.All.Count >= layout.Replicas;
        return usable >= layout.Replicas || mayDegrade ? null : Errors.NotEnoughServers(layout.Replicas, usable);
    }

    /// <summary>Allocates the chunk of a free place. <see cref="CanAllocate"/> must have agreed.</summary>
    internal static Chunk Allocate(MetaState state, FileInode file, int index)
    {
        var layout = file.Layout;
        var start = layout.Placement == PlacementPolicy.HashRing ? Placement.HashOf(Namespace.PathOf(file)) + (ulong)index : 0;
        var servers = new List<Server>(layout.Replicas);
        state.Placement.Choose(
            new PlacementRequest(layout.Placement, layout.Replicas, layout.ChunkSizeBytes, start), _ => false, servers);

        var id = state.Durable.Chunks.NextChunk;
        state.Emit(new ChunkAllocated(id, file.Id, index, (byte)servers.Count, state.Now.UnixNs));
        var chunk = state.Durable.Chunks.Find(id)!;
        chunk.ChainLength = (byte)servers.Count;
        for (var i = 0; i < servers.Count; i++)
        {
            state.Book.Put(chunk, new Replica(servers[i].Id, Generation.Any, 0, (byte)i, ReplicaMarks.InChain));
        }

        state.Book.Recount(chunk);
        return chunk;
    }

    internal MetaProtocol.Reply Allocate(MetaProtocol.AllocateChunk request)
    {
        var target = PathRef.Of(request.File);
        if (_names.Find(request.File) is not FileInode file)
        {
            return new MetaProtocol.Failed(Errors.Path(DfsErrorCode.FileNotFound, target));
        }

        if (state.Leases.WhyNot(file, request.Holder, MetaProtocol.Access.Write, target) is { } locked)
        {
            return new MetaProtocol.Failed(locked);
        }

        if (state.Seals.WhyHeld(file) is { } held)
        {
            return new MetaProtocol.Failed(held);
        }

        if (request.Index < 0 || request.Index == int.MaxValue)
        {
            return new MetaProtocol.Failed(Errors.Argument($"Chunk index {request.Index}", $"0 to {int.MaxValue - 1}"));
        }

        if (file.Find(request.Index) is { } existing)
        {
            return OpenForWriting(existing, request.OnReplicaDown);
        }

        if (request.After is { } after
            && (request.Index != file.Places || after != (file.Allocated == 0 ? ChunkId.None : file.At(file.Allocated - 1).Id)))
        {
            return new MetaProtocol.Failed(Errors.NotTheEnd(request.Index, file.Places));
        }

        var layout = file.Layout with { OnReplicaDown = PolicyFor(file, request.OnReplicaDown) };
        return (state.Quotas.WhyNotGrow(file, request.Index) ?? CanAllocate(state, layout)) is { } error
            ? new MetaProtocol.Failed(error)
            : Opened(Allocate(state, file, request.Index));
    }

    internal MetaProtocol.Reply Open(MetaProtocol.OpenChunk request)
    {
        var chunk = _chunks.Find(request.Chunk);
        if (chunk is null)
        {
            return new MetaProtocol.Failed(Errors.ChunkNotFound(request.Chunk));
        }

        if (chunk.File.IsPast)
        {
            return new MetaProtocol.Failed(Errors.Path(DfsErrorCode.SnapshotReadOnly, PathRef.Of(chunk.File.Id)));
        }

        // A complaint about an older generation is out of date; one about the present chain has to be looked into.
        var complains = request.Failed == chunk.Generation && request.Code != DfsErrorCode.None && !IsOfNoConcern(request.Code);
        if (complains && !chunk.IsChanging && !state.SafeMode.IsActive)
        {
            var isAboutChain = request.Code is DfsErrorCode.ChainBroken or DfsErrorCode.SequenceGap;
            var suspect = isAboutChain ? null : state.Durable.Servers.Find(request.Suspect);
            if (PolicyFor(chunk.File, request.OnReplicaDown) == ReplicaDownPolicy.Replace || request.OnReplicaDown == ReplicaDownPolicy.Default)
            {
                state.Changes.Complain(chunk, suspect, isFromPeer: false);
            }
            else if (suspect is not null)
            {
                // This caller does not want anybody replaced on its account; whether the server is there is of interest to all.
                state.Probe(suspect);
            }
        }

        return OpenForWriting(chunk, request.OnReplicaDown);
    }

    // What a caller wants counts for its call alone: others of the same file go by their own wishes, or by the file's policy.
    private static ReplicaDownPolicy PolicyFor(FileInode file, ReplicaDownPolicy asked)
        => asked is ReplicaDownPolicy.Replace or ReplicaDownPolicy.Block or ReplicaDownPolicy.Fail ? asked : file.Layout.OnReplicaDown;

    internal MetaProtocol.Reply Complete(MetaProtocol.CompleteFile request)
    {
        if (_names.Find(request.File) is not FileInode file)
        {
            return new MetaProtocol.Failed(Errors.Path(DfsErrorCode.FileNotFound, PathRef.Of(request.File)));
        }

        return Complete(file, request.Lengths);
    }

    /// <summary>The same of several files, each for itself.</summary>
    internal MetaProtocol.Reply Complete(MetaProtocol.CompleteFiles request)
    {
        if (request.Files.Count > MetaProtocol.MaxPage)
        {
            return new MetaProtocol.Failed(Errors.Argument($"{request.Files.Count} files at once", $"at most {MetaProtocol.MaxPage}"));
        }

        var done = new List<FileStatus>(request.Files.Count);
        foreach (var lengths in request.Files)
        {
            if (_names.Find(lengths.File) is FileInode file && Complete(file, lengths.Lengths) is MetaProtocol.StatusReply reply)
            {
                done.Add(reply.Status);
            }
        }

        return new MetaProtocol.FilesCompleted(done);
    }

    private MetaProtocol.Reply Complete(FileInode file, IReadOnlyList<MetaProtocol.ChunkLength> lengths)
    {
        foreach (var length in lengths)
        {
            var chunk = _chunks.Find(length.Chunk);
            if (chunk is null || !ReferenceEquals(chunk.File, file) || length.LengthBytes < 0 || length.LengthBytes > file.Layout.ChunkSizeBytes)
            {
                return new MetaProtocol.Failed(chunk is null
                    ? Errors.ChunkNotFound(length.Chunk)
                    : Errors.Argument($"Length {length.LengthBytes} of chunk {length.Chunk}", "it must be one of this file, of at most the chunk size"));
            }
        }

        foreach (var length in lengths)
        {
            // Only the primary can say that nothing more comes; a writer says how far it got.
            var chunk = _chunks.Find(length.Chunk)!;
            if (length.Generation <= chunk.Generation && length.Sequence > chunk.Sequence && (chunk.IsOpen || !state.Durable.Names.IsShared(chunk)))
            {
                state.Emit(new ChunkMeasured(chunk.Id, length.Sequence, length.LengthBytes, false, state.Now.UnixNs));
                state.Book.Recount(chunk);
            }
        }

        return new MetaProtocol.StatusReply(Namespace.StatusOf(file));
    }

    internal MetaProtocol.Reply Report(MetaProtocol.ReportReplica request)
    {
        var chunk = _chunks.Find(request.Chunk);
        var server = state.Durable.Servers.Find(request.Server);
        if (chunk is null || server is null || chunk.Replicas.IndexOf(server.Id) < 0)
        {
            return new MetaProtocol.Done();
        }

        // A client's word takes no replica away: the server is asked itself, and its address tried.
        if (request.Code is DfsErrorCode.Unreachable or DfsErrorCode.ConnectionRefused or DfsErrorCode.Timeout)
        {
            state.Probe(server);
        }
        else if (server.IsUsable)
        {
            state.Send(server.Id, new ServerProtocol.GetReplica(chunk.Id) { Epoch = state.Durable.Epoch });
        }

        return new MetaProtocol.Done();
    }

    private MetaProtocol.ChunkReply Opened(Chunk chunk) => new(state.Book.LocationOf(chunk), chunk.File.Places);

    // Gives the chunk if its chain is whole; otherwise sees to it that it becomes so, as far as policy allows.
    private MetaProtocol.Reply OpenForWriting(Chunk chunk, ReplicaDownPolicy asked)
    {
        var policy = PolicyFor(chunk.File, asked);
        if (chunk.IsChanging)
        {
            // The change waits for all of the chunk's servers, and whoever chose to fail is not to wait for them.
            return new MetaProtocol.Failed(
                policy == ReplicaDownPolicy.Fail && !state.SafeMode.IsActive && DownServers(chunk) is { Length: > 0 } missing
                    ? Errors.ReplicaDown(chunk.Id, missing)
                    : Errors.Recovering(chunk.Id, state.Policy.RetryHintMs));
        }

        if (state.Book.PrimaryOf(chunk) is { IsStopping: true, IsUsable: true } primary && !state.SafeMode.IsActive)
        {
            Relieve(chunk, primary);
            return new MetaProtocol.Failed(Errors.Recovering(chunk.Id, state.Policy.RetryHintMs));
        }

        if (state.Book.IsChainWhole(chunk))
        {
            return Opened(chunk);
        }

        if (state.SafeMode.IsActive)
        {
            return new MetaProtocol.Failed(Errors.SafeMode(state.SafeMode.Reason));
        }

        var down = DownServers(chunk);
        if (policy == ReplicaDownPolicy.Fail && down.Length > 0)
        {
            return new MetaProtocol.Failed(Errors.ReplicaDown(chunk.Id, down));
        }

        var mayReplace = policy == ReplicaDownPolicy.Replace;
        var started = (mayReplace || asked == ReplicaDownPolicy.Default || down.Length == 0) && state.Changes.MakeWhole(chunk, mayReplace);
        return new MetaProtocol.Failed(
            started || policy == ReplicaDownPolicy.Block
                ? Errors.Recovering(chunk.Id, started ? state.Policy.RetryHintMs : state.Policy.ResendMs)
                : Errors.NoReplica(chunk.Id, down));
    }

    // A primary that is about to stop has said that its chunk is at rest, or does so soon: then all members are at one state, and
    // the others go on without it.
    private void Relieve(Chunk chunk, Server primary)
    {
        if (!state.Book.HasMemberThatStays(chunk))
        {
            return;
        }

        if (!chunk.HasData)
        {
            state.Changes.MoveUnwritten(chunk);
        }
        else if (!chunk.IsOpen && chunk.File.Layout.OnReplicaDown == ReplicaDownPolicy.Replace)
        {
            state.Changes.Trim(chunk, primary.Id);
        }
    }

    private string DownServers(Chunk chunk)
    {
        var down = new List<string>();
        for (var i = 0; i < chunk.Replicas.Count; i++)
        {
            var server = state.Durable.Servers[chunk.Replicas[i].Server];
            if (!server.IsUsable)
            {
                down.Add($"{server.Id} ({server.Endpoint})");
            }
        }

        return down.Count == 0 ? string.Empty : ": its servers " + string.Join(", ", down) + " are down";
    }

    // Answers of a server that is well: waiting is all that helps.
    private static bool IsOfNoConcern(DfsErrorCode code) => code is DfsErrorCode.Busy or DfsErrorCode.ChunkRecovering
        or DfsErrorCode.Cancelled or DfsErrorCode.ChunkFull or DfsErrorCode.NotServing or DfsErrorCode.ShuttingDown;
}
