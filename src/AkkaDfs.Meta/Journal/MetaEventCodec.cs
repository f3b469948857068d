// Events to bytes and back. Numbers and the order of fields are part of the format: kinds are never reused, fields are only
// ever added at the end. docs/formats/meta-journal.md has the grammar and an example.

using System.Buffers.Binary;
using AkkaDfs.Meta.Core;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Meta.Journal;

/// <summary>Encodes events: 8 bits of kind and 24 bits of length, little-endian, then the fields.</summary>
internal static partial class MetaEventCodec
{
    private const int HeadBytes = 4;
    private const int MaxEventBytes = (1 << 24) - 1;

    /// <summary>Appends an event.</summary>
    public static void Write(EventWriter writer, MetaEvent change)
    {
        var head = writer.Skip32();
        var kind = WriteFields(writer, change);
        var length = writer.Length - head - HeadBytes;
        if (length > MaxEventBytes)
        {
            throw new InvalidOperationException($"an event of {length} bytes does not fit into the journal");
        }

        writer.Fill32(head, (uint)kind | ((uint)length << 8));
    }

    /// <summary>Reads the first event and moves on to the next.</summary>
    /// <exception cref="FormatException">The bytes are not an event that this version knows.</exception>
    public static MetaEvent Read(ref ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < HeadBytes)
        {
            throw new FormatException("an event has no head");
        }

        var head = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        var length = (int)(head >> 8);
        if (bytes.Length - HeadBytes < length)
        {
            throw new FormatException($"an event of {length} bytes is cut off");
        }

        var fields = new EventReader(bytes.Slice(HeadBytes, length));
        bytes = bytes[(HeadBytes + length)..];
        try
        {
            return ReadFields((Kind)(byte)head, ref fields);
        }
        catch (OverflowException e)
        {
            throw new FormatException("a number in an event is out of range", e);
        }
    }

    private static Kind WriteFields(EventWriter w, MetaEvent change)
    {
        switch (change)
        {
            case NodeCreated e:
                Write(w, e);
                return Kind.NodeCreated;
            case OperationDone e:
                w.Identity(e.Operation.Client);
                w.Number(e.Operation.Counter);
                w.Number(e.Operation.Counter - e.AnsweredBelow);
                Write(w, e.Outcome);
                return Kind.OperationDone;
            case ChunkAllocated e:
                w.Number(e.Chunk.Value);
                w.Number(e.File.Value);
                w.Number((ulong)e.Index);
                w.Number(e.Members);
                w.Signed(e.AtUnixNs);
                return Kind.ChunkAllocated;
            case ChunkMeasured e:
                w.Number(e.Chunk.Value);
                w.Number(e.Sequence);
                w.Number((ulong)e.LengthBytes);
                w.Flag(e.Closes);
                w.Signed(e.AtUnixNs);
                return Kind.ChunkMeasured;
            case ChunkOpened e:
                w.Number(e.Chunk.Value);
                w.Number(e.Generation.Value);
                w.Number(e.Members);
                return Kind.ChunkOpened;
            case GenerationRaised e:
                w.Number(e.Chunk.Value);
                w.Number(e.Generation.Value);
                w.Signed(e.AtUnixNs);
                return Kind.GenerationRaised;
            case ServerRegistered e:
                Write(w, e);
                return Kind.ServerRegistered;
            case ServerModeSet e:
                w.Number(e.Server.Value);
                w.Number((ulong)e.Mode);
                w.Signed(e.UntilUnixNs);
                w.Signed(e.AtUnixNs);
                return Kind.ServerModeSet;
            case EpochStarted e:
                w.Number(e.Epoch.Value);
                w.Signed(e.AtUnixNs);
                return Kind.EpochStarted;
            default:
                return WriteNames(w, change);
        }
    }

    private static Kind WriteNames(EventWriter w, MetaEvent change)
    {
        switch (change)
        {
            case EntryRemoved e:
                w.Number(e.Parent.Value);
                w.Text(e.Name);
                w.Signed(e.AtUnixNs);
                return Kind.EntryRemoved;
            case EntryMoved e:
                Write(w, e);
                return Kind.EntryMoved;
            case AttributesSet e:
                w.Number(e.Inode.Value);
                w.Number(e.Mode);
                w.Number(e.Uid);
                w.Number(e.Gid);
                w.Signed(e.AccessedUnixNs);
                w.Signed(e.ModifiedUnixNs);
                w.Signed(e.AtUnixNs);
                return Kind.AttributesSet;
            case LinkAdded e:
                w.Number(e.Inode.Value);
                w.Number(e.Parent.Value);
                w.Text(e.Name);
                w.Signed(e.AtUnixNs);
                return Kind.LinkAdded;
            case DetachedFreed e:
                w.Number((ulong)e.Count);
                return Kind.DetachedFreed;
            case FileCut e:
                w.Number(e.File.Value);
                w.Number((ulong)e.Places);
                w.Signed(e.AtUnixNs);
                return Kind.FileCut;
            default:
                return WriteImage(w, change);
        }
    }

    private static Kind WriteImage(EventWriter w, MetaEvent change)
    {
        switch (change)
        {
            case ClusterFormed e:
                w.Identity(e.ClusterId);
                w.Signed(e.AtUnixNs);
                return Kind.ClusterFormed;
            case CountersImage e:
                w.Number(e.NextInode);
                w.Number(e.NextChunk);
                w.Number(e.NextServer);
                return Kind.CountersImage;
            case NodeImage e:
                Write(w, e);
                return Kind.NodeImage;
            case LinkImage e:
                w.Number(e.Inode.Value);
                w.Number(e.Parent.Value);
                w.Text(e.Name);
                return Kind.LinkImage;
            case ChunkImage e:
                Write(w, e);
                return Kind.ChunkImage;
            case ClientImage e:
                w.Identity(e.Client);
                w.Number(e.Floor);
                w.Number((ulong)e.Outcomes.Count);
                foreach (var (counter, outcome) in e.Outcomes)
                {
                    w.Number(counter);
                    Write(w, outcome);
                }

                return Kind.ClientImage;
            default:
                return WriteRare(w, change);
        }
    }

    private static void Write(EventWriter w, NodeImage e)
    {
        Write(w, e.Node);
        w.Number((ulong)e.LinkCount);
        w.Signed(e.AccessedUnixNs);
        w.Signed(e.ModifiedUnixNs);
        w.Signed(e.ChangedUnixNs);
        w.Signed(e.MappingUpdatedUnixNs);
        w.Number((ulong)e.LengthBytes);
    }

    private static void Write(EventWriter w, ChunkImage e)
    {
        w.Number(e.Chunk.Value);
        w.Number(e.File.Value);
        w.Number((ulong)e.Index);
        w.Number(e.Generation.Value);
        w.Number(e.Written.Value);
        w.Number(e.Sequence);
        w.Number((ulong)e.LengthBytes);
        w.Flag(e.IsOpen);
        w.Number(e.Members);
    }

    private static void Write(EventWriter w, NodeCreated e)
    {
        w.Number(e.Inode.Value);
        w.Number(e.Parent.Value);
        w.Text(e.Name);
        w.Number((ulong)e.Kind);
        w.Number(e.Mode);
        w.Number(e.Uid);
        w.Number(e.Gid);
        w.Signed(e.AtUnixNs);
        w.Text(e.LinkTarget);
        w.Flag(e.Layout is not null);
        if (e.Layout is { } layout)
        {
            w.Number((ulong)layout.ChunkSizeBytes);
            w.Number((ulong)layout.Replicas);
            w.Number((ulong)layout.Placement);
            w.Number((ulong)layout.Ack);
            w.Number((ulong)layout.OnReplicaDown);
        }

        if (e.Kind == NodeKind.Special)
        {
            w.Number(e.Device);
        }
    }

    private static void Write(EventWriter w, EntryMoved e)
    {
        w.Number(e.FromParent.Value);
        w.Text(e.FromName);
        w.Number(e.ToParent.Value);
        w.Text(e.ToName);
        w.Flag(e.Exchange);
        w.Signed(e.AtUnixNs);
    }

    private static void Write(EventWriter w, ServerRegistered e)
    {
        w.Number(e.Server.Value);
        w.Identity(e.Incarnation);
        w.Text(e.ControlAddress);
        w.Text(e.Endpoint.Host);
        w.Number((ulong)e.Endpoint.Port);
        w.Signed(e.AtUnixNs);
        w.Number((ulong)e.Folders.Count);
        foreach (var folder in e.Folders)
        {
            w.Text(folder);
        }
    }

    private static void Write(EventWriter w, OperationOutcome outcome)
    {
        w.Number((ulong)outcome.Kind);
        w.Number(outcome.Inode.Value);
        w.Number(outcome.Chunk.Value);
    }

    private static MetaEvent ReadFields(Kind kind, ref EventReader r)
    {
        switch (kind)
        {
            case Kind.NodeCreated:
                return ReadNode(ref r);
            case Kind.OperationDone:
                var operation = new OperationId(r.Identity(), r.Number());
                return new OperationDone(operation, operation.Counter - r.Number(), ReadOutcome(ref r));
            case Kind.ChunkAllocated:
                return new ChunkAllocated(new ChunkId(r.Number()), new InodeId(r.Number()), r.Int(), r.Byte(), r.Signed());
            case Kind.ChunkMeasured:
                return new ChunkMeasured(new ChunkId(r.Number()), r.Number(), r.Int(), r.Flag(), r.Signed());
            case Kind.ChunkOpened:
                return new ChunkOpened(new ChunkId(r.Number()), new Generation(r.Unsigned()), r.Byte());
            case Kind.GenerationRaised:
                return new GenerationRaised(new ChunkId(r.Number()), new Generation(r.Unsigned()), r.Signed());
            case Kind.EntryRemoved:
                return new EntryRemoved(new InodeId(r.Number()), r.Text(), r.Signed());
            case Kind.EntryMoved:
                return new EntryMoved(new InodeId(r.Number()), r.Text(), new InodeId(r.Number()), r.Text(), r.Flag(), r.Signed());
            case Kind.AttributesSet:
                return new AttributesSet(new InodeId(r.Number()), r.Unsigned(), r.Unsigned(), r.Unsigned(), r.Signed(), r.Signed(), r.Signed());
            case Kind.LinkAdded:
                return new LinkAdded(new InodeId(r.Number()), new InodeId(r.Number()), r.Text(), r.Signed());
            case Kind.LinkImage:
                return new LinkImage(new InodeId(r.Number()), new InodeId(r.Number()), r.Text());
            case Kind.DetachedFreed:
                return new DetachedFreed(r.Int());
            case Kind.FileCut:
                return new FileCut(new InodeId(r.Number()), r.Int(), r.Signed());
            case Kind.ServerRegistered:
                return ReadServer(ref r);
            case Kind.ServerModeSet:
                return new ServerModeSet(new ServerId(r.Unsigned()), (ServerMode)r.Int(), r.Signed(), r.Signed());
            case Kind.EpochStarted:
                return new EpochStarted(new Epoch(r.Number()), r.Signed());
            case Kind.ClusterFormed:
                return new ClusterFormed(r.Identity(), r.Signed());
            case Kind.CountersImage:
                return new CountersImage(r.Number(), r.Number(), r.Unsigned());
            case Kind.NodeImage:
                return ReadNodeImage(ref r);
            case Kind.ChunkImage:
                return ReadChunk(ref r);
            case Kind.ClientImage:
                return ReadClient(ref r);
            default:
                return ReadRare(kind, ref r);
        }
    }

    private static NodeCreated ReadNode(ref EventReader r)
    {
        var inode = new InodeId(r.Number());
        var parent = new InodeId(r.Number());
        var name = r.Text();
        var kind = (NodeKind)r.Int();
        var mode = r.Unsigned();
        var uid = r.Unsigned();
        var gid = r.Unsigned();
        var atUnixNs = r.Signed();
        var target = r.Text();
        var layout = r.Flag()
            ? new FileLayout(r.Int(), r.Int(), (PlacementPolicy)r.Int(), (AckPolicy)r.Int(), (ReplicaDownPolicy)r.Int())
            : null;
        return new NodeCreated(inode, parent, name, kind, mode, uid, gid, layout, target, atUnixNs, kind == NodeKind.Special ? r.Number() : 0);
    }

    private static NodeImage ReadNodeImage(ref EventReader r)
        => new(ReadNode(ref r), r.Int(), r.Signed(), r.Signed(), r.Signed(), r.Signed(), (long)r.Number());

    private static ServerRegistered ReadServer(ref EventReader r)
    {
        var server = new ServerId(r.Unsigned());
        var incarnation = r.Identity();
        var address = r.Text();
        var endpoint = new DataEndpoint(r.Text(), r.Int());
        var atUnixNs = r.Signed();
        var folders = new List<string>();
        for (var left = r.Int(); left > 0; left--)
        {
            folders.Add(r.Text());
        }

        return new ServerRegistered(server, incarnation, address, endpoint, folders, atUnixNs);
    }

    private static ChunkImage ReadChunk(ref EventReader r) => new(
        new ChunkId(r.Number()),
        new InodeId(r.Number()),
        r.Int(),
        new Generation(r.Unsigned()),
        new Generation(r.Unsigned()),
        r.Number(),
        r.Int(),
        r.Flag(),
        r.Byte());

    private static ClientImage ReadClient(ref EventReader r)
    {
        var client = r.Identity();
        var floor = r.Number();
        var outcomes = new List<(ulong Counter, OperationOutcome Outcome)>();
        for (var left = r.Int(); left > 0; left--)
        {
            outcomes.Add((r.Number(), ReadOutcome(ref r)));
        }

        return new ClientImage(client, floor, outcomes);
    }

    private static OperationOutcome ReadOutcome(ref EventReader r)
        => new((OutcomeKind)r.Int(), new InodeId(r.Number()), new ChunkId(r.Number()));
}
