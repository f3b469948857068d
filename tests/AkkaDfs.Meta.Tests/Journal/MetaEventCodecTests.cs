using AkkaDfs.Meta.Core;
using AkkaDfs.Meta.Journal;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;
using Xunit;

namespace AkkaDfs.Meta.Tests.Journal;

public sealed class MetaEventCodecTests
{
    private static readonly Guid Id = Guid.Parse("01234567-89ab-cdef-0123-456789abcdef");
    private static readonly OperationOutcome Outcome = new(OutcomeKind.FileCreated, new InodeId(7), new ChunkId(ulong.MaxValue));
    private static readonly NodeCreated File = new(
        new InodeId(9), InodeId.Root, "näme\uDC80", NodeKind.File, 0x1A4, 1, uint.MaxValue, new FileLayout(8, 16, PlacementPolicy.HashRing, AckPolicy.One, ReplicaDownPolicy.Block), string.Empty, -5);

    private static readonly MetaEvent[] Samples =
    [
        new ClusterFormed(Id, 12),
        new EpochStarted(new Epoch(3), long.MaxValue),
        new ServerRegistered(new ServerId(65_535), Id, "host:1", new DataEndpoint("::1", 65_535), ["/a", "/b"], 1),
        File,
        new NodeCreated(new InodeId(10), InodeId.Root, "l", NodeKind.SymbolicLink, 0, 0, 0, null, "../target", 0),
        new NodeCreated(new InodeId(11), InodeId.Root, "tty", NodeKind.Special, 0x21B6, 0, 0, null, string.Empty, 0, 0x8804),
        new LinkAdded(new InodeId(9), InodeId.Root, "again", 1),
        new AttributesSet(new InodeId(9), 0xFFF, uint.MaxValue, 1, -1, long.MaxValue, 2),
        new ServerModeSet(new ServerId(3), ServerMode.Maintenance, 1_800_000_000_000_000_000, 1_700_000_000_000_000_000),
        new LinkImage(new InodeId(9), InodeId.Root, "again"),
        new XattrSet(new InodeId(9), "user.n\uDC80", [0, 255, 1], 5),
        new XattrRemoved(new InodeId(9), "user.n", 6),
        new LeaseTaken(new InodeId(9), "änn@host", true, -7, 6),
        new LeaseEnded(new InodeId(9), "ann", 6),
        new EntryTrashed(InodeId.Root, "f", new InodeId(9), "/f", 1001, 5),
        new TrashRestored(new InodeId(9), InodeId.Root, "g", 6),
        new TrashExpunged(new InodeId(9), 7),
        new TrashImage(new InodeId(9), "/f", uint.MaxValue, 5),
        new QuotaSet(new InodeId(9), long.MaxValue, 5, 1),
        new SnapshotTaken(uint.MaxValue, new InodeId(9), "mönday", new InodeId(ulong.MaxValue), 1001, 5),
        new SnapshotRemoved(3, 6),
        new PastFreed(new InodeId(9), "\0", 2_000),
        new ChunkCopyBegun(new ChunkId(7), new ChunkId(5), 3, 1),
        new ChunkCopied(new ChunkId(7), new ChunkId(5), ulong.MaxValue, 1 << 30, 1),
        new ChunkCopyDropped(new ChunkId(7), new ChunkId(5), 1),
        new SnapshotCounterImage(9),
        new PastCoverImage(new InodeId(9), 4),
        new PastXattrImage(new InodeId(9), "user.n", [1, 2]),
        new PastEntryImage(new InodeId(9), "x", 1, 4, default),
        new PastChunkImage(new ChunkImage(new ChunkId(1), new InodeId(9), 2, new Generation(5), new Generation(4), 6, 7, false, 3), new ChunkId(5)),
        new SessionStarted(Id, 7),
        new SessionEnded(Id, 8),
        new SessionHolding(Id),
        new NodeKept(new InodeId(9)),
        new NodeReleased(new InodeId(ulong.MaxValue)),
        new EntryRemoved(InodeId.Root, "x", 1),
        new EntryMoved(InodeId.Root, "x", new InodeId(2), "y", true, 1),
        new DetachedFreed(2_000),
        new FileCut(new InodeId(7), 12, -3),
        new ChunkAllocated(new ChunkId(1), new InodeId(9), int.MaxValue - 1, 16, 1),
        new GenerationRaised(new ChunkId(1), new Generation(uint.MaxValue), 1),
        new ChunkOpened(new ChunkId(1), new Generation(2), 3),
        new ChunkMeasured(new ChunkId(1), ulong.MaxValue, 1 << 30, true, 1),
        new OperationDone(new OperationId(Id, 9), 4, Outcome),
        new CountersImage(1, 2, 3),
        new NodeImage(File, 2, 3, 4, 5, 6, 7),
        new ChunkImage(new ChunkId(1), new InodeId(9), 2, new Generation(5), new Generation(4), 6, 7, true, 3),
    ];

    [Fact]
    public void Every_event_comes_back_as_it_was()
    {
        foreach (var sample in Samples)
        {
            var read = RoundTrip(sample);
            if (sample is ServerRegistered registered)
            {
                Assert.Equal(registered.Folders, ((ServerRegistered)read).Folders);
                read = (ServerRegistered)read with { Folders = registered.Folders };
            }

            Assert.Equal(sample, read);
        }

        var client = new ClientImage(Id, 5, [(6, Outcome), (7, Outcome)]);
        var readClient = Assert.IsType<ClientImage>(RoundTrip(client));
        Assert.Equal((client.Client, client.Floor), (readClient.Client, readClient.Floor));
        Assert.Equal(client.Outcomes, readClient.Outcomes);

        var image = new NodeImage(File, 2, 3, 4, 5, 6, 7);
        var past = Assert.IsType<PastNodeImage>(RoundTrip(new PastNodeImage(1, 4, image, [new InodeId(7), new InodeId(8)], 3)));
        Assert.Equal((1U, 4U, image, 3), (past.From, past.Upto, past.Node, past.Subdirectories));
        Assert.Equal([new InodeId(7), new InodeId(8)], past.Further);
        var chunks = Assert.IsType<PastChunksImage>(RoundTrip(new PastChunksImage(new InodeId(9), 4, [new ChunkId(ulong.MaxValue), new ChunkId(1)])));
        Assert.Equal((new InodeId(9), 4U), (chunks.File, chunks.Upto));
        Assert.Equal([new ChunkId(ulong.MaxValue), new ChunkId(1)], chunks.Chunks);
    }

    [Fact]
    public void Every_kind_of_event_has_a_sample()
    {
        var kinds = typeof(MetaEvent).Assembly.GetTypes().Where(t => t.IsSubclassOf(typeof(MetaEvent)) && !t.IsAbstract);
        Assert.Equal(kinds.Order(Comparer<Type>.Create((a, b) => string.CompareOrdinal(a.Name, b.Name))), Samples.Select(s => s.GetType()).Concat([typeof(ClientImage), typeof(PastNodeImage), typeof(PastChunksImage)]).Distinct().OrderBy(t => t.Name, StringComparer.Ordinal));
    }

    [Fact]
    public void Bytes_of_known_events_never_change()
    {
        // A journal that was written by an older release must load: these bytes are the format.
        Assert.Equal("04-1A-00-00-09-01-06-6E-C3-A4-6D-65-80-01-A4-03-01-FF-FF-FF-FF-0F-09-00-01-08-10-03-02-02", BitConverter.ToString(Encode(File)));
        Assert.Equal("05-04-00-00-01-01-78-02", BitConverter.ToString(Encode(new EntryRemoved(InodeId.Root, "x", 1))));
        Assert.Equal("0A-03-00-00-01-02-03", BitConverter.ToString(Encode(new ChunkOpened(new ChunkId(1), new Generation(2), 3))));
        Assert.Equal("08-05-00-00-01-09-02-03-02", BitConverter.ToString(Encode(new ChunkAllocated(new ChunkId(1), new InodeId(9), 2, 3, 1))));
    }

    [Fact]
    public void Fields_added_by_a_newer_release_are_passed_over_and_missing_ones_are_zero()
    {
        var bytes = Encode(new ChunkOpened(new ChunkId(1), new Generation(2), 3));
        ReadOnlySpan<byte> longer = [0x0A, 0x05, 0, 0, .. bytes.AsSpan(4), 77, 78];
        Assert.Equal(new ChunkOpened(new ChunkId(1), new Generation(2), 3), MetaEventCodec.Read(ref longer));
        ReadOnlySpan<byte> shorter = [0x0A, 0x02, 0, 0, .. bytes.AsSpan(4, 2)];
        Assert.Equal(new ChunkOpened(new ChunkId(1), new Generation(2), 0), MetaEventCodec.Read(ref shorter));
    }

    [Fact]
    public void Any_other_bytes_are_refused_as_such()
        => Seeds.ForEach(300, random =>
        {
            var bytes = Encode(Samples[random.Next(Samples.Length)]);
            for (var i = random.Next(1, 4); i > 0; i--)
            {
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }

            ReadOnlySpan<byte> rest = bytes.AsSpan(0, random.Next(bytes.Length + 1));
            try
            {
                MetaEventCodec.Read(ref rest);
            }
            catch (FormatException refused)
            {
                Assert.NotEmpty(refused.Message);
            }
        });

    private static MetaEvent RoundTrip(MetaEvent sample)
    {
        ReadOnlySpan<byte> bytes = Encode(sample);
        var read = MetaEventCodec.Read(ref bytes);
        Assert.True(bytes.IsEmpty);
        return read;
    }

    private static byte[] Encode(MetaEvent sample)
    {
        var writer = new EventWriter();
        writer.Reset(0);
        MetaEventCodec.Write(writer, sample);
        return writer.Written.ToArray();
    }
}
