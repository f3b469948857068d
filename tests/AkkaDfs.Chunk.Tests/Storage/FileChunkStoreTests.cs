using AkkaDfs.Chunk.Storage;
using AkkaDfs.Shared;
using AkkaDfs.Shared.DataPlane;
using AkkaDfs.Testing.Files;
using static AkkaDfs.Chunk.Tests.Storage.StoreHarness;

namespace AkkaDfs.Chunk.Tests.Storage;

public sealed class FileChunkStoreTests
{
    [Fact]
    public void S1_02_A_replica_is_an_ordinary_file_with_exactly_the_chunks_bytes()
    {
        using var harness = new StoreHarness();
        using var replica = harness.Create();
        var bytes = Bytes(40_000);
        Assert.Equal(new ApplyResult(1, null), replica.Apply([Write(1, 0, bytes)]));
        Assert.Equal(bytes, harness.Files.ReadAll(replica.DataPath));
        Assert.Equal("/data/0/chunks/2b/chunk_0000000000001a2b.dat", replica.DataPath);
    }

    [Fact]
    public void Appends_overwrites_gaps_padding_and_cuts_read_as_they_should()
    {
        using var harness = new StoreHarness();
        using var replica = harness.Create(60_000);
        var twin = new ReplicaTwin(60_000);
        ReplicaOp[] ops =
        [
            Write(1, 0, Bytes(2000, 1), mode: WriteMode.Append, anywhere: true),
            Write(2, 2000, Bytes(30_000, 2), mode: WriteMode.Append, anywhere: true),
            Write(3, 15_000, Bytes(3000, 3)),
            Write(4, 40_000, Bytes(10, 4)),
            Truncate(5, 17_000),
            Write(6, 16_990, Bytes(20, 6), sync: true),
            Truncate(7, 20_000),
            Write(8, 20_000, Bytes(500, 8), mode: WriteMode.Record, anywhere: true),
            Pad(9, 20_500),
        ];
        foreach (var op in ops)
        {
            twin.Apply(op);
            Assert.Equal(new ApplyResult(1, null), replica.Apply([op]));
            twin.AssertIs(replica, $"after {op.Sequence}");
        }

        harness.Settle();
        Assert.Equal(twin.Bytes, harness.Files.ReadAll(replica.DataPath));
        twin.AssertIs(replica);
    }

    [Fact]
    public void A_replica_that_is_only_just_being_made_is_not_taken_for_one_that_has_vanished()
    {
        using var harness = new StoreHarness();
        var looks = 0;
        harness.Files.Fault = (action, path) =>
        {
            if (action == DiskAction.Open && path == DataPath() && looks++ == 0)
            {
                // The name is taken and there is no file yet: the regular look at some replicas comes right now, and so does a reader.
                harness.Store.CheckFolders();
                Assert.Equal(DfsErrorCode.ReplicaNotFound, harness.Store.Open(TheChunk).Error?.Code);
            }

            return null;
        };
        using var replica = harness.Create();
        Assert.Equal(1, looks);
        Assert.Equal(new ApplyResult(1, null), replica.Apply([Write(1, 0, Bytes(100))]));
        Assert.Empty(harness.Events);
        using var again = harness.Store.Open(TheChunk).Value;
        Assert.Equal(100, again.Info.LengthBytes);
    }

    [Fact]
    public void A_whole_batch_is_one_write_to_the_data_file_and_one_to_the_log()
    {
        using var harness = new StoreHarness();
        using var replica = harness.Create();
        Assert.Null(replica.Apply([Write(1, 0, Bytes(10))]).Error);
        var steps = harness.Files.StepCount;
        var ops = Enumerable.Range(0, 64).Select(i => Write((ulong)i + 2, 10 + (i * 100), Bytes(100, i), mode: WriteMode.Append, anywhere: true)).ToArray();
        Assert.Equal(64, replica.Apply(ops).Applied);
        Assert.Equal(steps + 2, harness.Files.StepCount);
    }

    [Fact]
    public void A_read_gives_checksums_cut_for_its_own_range()
    {
        using var harness = new StoreHarness();
        using var replica = harness.Create();
        var bytes = Bytes(50_000);
        replica.Apply([Write(1, 0, bytes)]);
        foreach (var (offset, length) in new[] { (0, 50_000), (1, 16_383), (16_384, 16_384), (100, 200), (16_000, 20_000), (49_999, 1), (40_000, 60_000), (50_000, 5) })
        {
            var range = new ByteRange(offset, length);
            var expected = bytes.AsSpan(offset, Math.Min(length, 50_000 - offset));
            var destination = new byte[length];
            var checksums = new uint[Checksum.SegmentCount(range)];
            var read = replica.Read(range, destination, checksums);
            Assert.Equal(expected.Length, read.BytesRead);
            Assert.True(destination.AsSpan(0, read.BytesRead).SequenceEqual(expected));
            Assert.Equal(-1, Checksum.FindMismatch(offset, expected, checksums));
        }
    }

    [Fact]
    public void Operations_out_of_order_or_place_are_refused_and_change_nothing()
    {
        using var harness = new StoreHarness();
        using var replica = harness.Create(1000);
        Assert.Equal(1, replica.Apply([Write(1, 0, Bytes(600))]).Applied);
        (ReplicaOp Op, DfsErrorCode Code)[] cases =
        [
            (Write(1, 600, Bytes(1)), DfsErrorCode.SequenceGap),
            (Write(3, 600, Bytes(1)), DfsErrorCode.SequenceGap),
            (Write(2, 600, Bytes(401)), DfsErrorCode.OutOfRange),
            (Write(2, -1, Bytes(1)) with { ChecksumBase = 0 }, DfsErrorCode.OutOfRange),
            (Write(2, 500, Bytes(1), mode: WriteMode.Append), DfsErrorCode.OutOfRange),
            (Truncate(2, 1001), DfsErrorCode.OutOfRange),
            (Truncate(2, 5) with { Payload = Bytes(1) }, DfsErrorCode.InvalidArgument),
            (Write(2, 600, Bytes(1)) with { Checksums = new uint[] { 7 } }, DfsErrorCode.None),
            (Write(2, 600, Bytes(1)) with { Checksums = ReadOnlyMemory<uint>.Empty }, DfsErrorCode.ProtocolViolation),
        ];
        foreach (var (op, code) in cases.Where(c => c.Code != DfsErrorCode.None))
        {
            var result = replica.Apply([op]);
            Assert.Equal((0, code), (result.Applied, result.Error?.Code));
        }

        var partly = replica.Apply([Write(2, 600, Bytes(10)), Write(3, 610, Bytes(10)), Write(5, 620, Bytes(10))]);
        Assert.Equal((2, DfsErrorCode.SequenceGap), (partly.Applied, partly.Error?.Code));
        Assert.Equal((3UL, 620L), (replica.Info.Sequence, replica.Info.LengthBytes));
    }

    [Fact]
    public void Checksums_cut_for_another_place_are_compared_with_the_bytes()
    {
        using var harness = new StoreHarness();
        using var replica = harness.Create();
        replica.Apply([Write(1, 0, Bytes(1000))]);
        var good = Write(2, 1000, Bytes(40_000, 2), mode: WriteMode.Append, anywhere: true);
        var bad = good with { Checksums = good.Checksums.ToArray().Select((c, i) => i == 1 ? c ^ 1 : c).ToArray() };
        Assert.Equal(DfsErrorCode.ProtocolViolation, replica.Apply([bad]).Error?.Code);
        Assert.Null(replica.Apply([good]).Error);
    }

    [Fact]
    public void Outcomes_are_remembered_over_restarts_and_go_with_a_copy()
    {
        using var harness = new StoreHarness(change: s => s with { RememberedOperations = 16 });
        var replica = harness.Create();
        for (ulong i = 1; i <= 20; i++)
        {
            Assert.False(replica.HasForgottenOutcomes && i <= 16);
            replica.Apply([Write(i, (long)(i - 1) * 10, Bytes(10, (int)i), mode: WriteMode.Append)]);
        }

        using var next = harness.Kill(s => s with { RememberedOperations = 16 });
        var again = next.Open();
        Assert.True(again.HasForgottenOutcomes);
        Assert.False(again.TryGetOutcome(Operation(4), out _));
        Assert.True(again.TryGetOutcome(Operation(5), out var outcome));
        Assert.Equal(new OperationOutcome(5, 40, 50, DfsErrorCode.None), outcome);
        Assert.Equal(again.ExportOutcomes(), replica.ExportOutcomes());
    }

    [Fact]
    public void A_new_role_is_durable_when_the_call_completes()
    {
        using var harness = new StoreHarness();
        var replica = harness.Create();
        Assert.Null(harness.Lanes.Wait(replica.SetRoleAsync(new ReplicaRole(new Generation(5), 2, 3))));
        Assert.Equal(DfsErrorCode.StaleGeneration, harness.Lanes.Wait(replica.SetRoleAsync(new ReplicaRole(new Generation(4), 0, 3)))?.Code);
        using var next = harness.PowerLoss(AkkaDfs.Testing.Files.CrashChoices.None);
        Assert.Equal(new ReplicaRole(new Generation(5), 2, 3), next.Open().Info.Role);
    }

    [Fact]
    public void A_deleted_replica_is_gone_from_disk_and_stays_away()
    {
        using var harness = new StoreHarness();
        var replica = harness.Create();
        replica.Apply([Write(1, 0, Bytes(100), sync: true)]);
        harness.Sync(replica);
        Assert.Null(harness.Lanes.Wait(harness.Store.DeleteAsync(TheChunk, durably: true)));
        Assert.Equal(DfsErrorCode.ReplicaNotFound, replica.Apply([Write(2, 100, Bytes(1))]).Error?.Code);
        Assert.Equal(DfsErrorCode.ReplicaNotFound, harness.Store.Open(TheChunk).Error?.Code);
        using (var lost = harness.PowerLoss(AkkaDfs.Testing.Files.CrashChoices.None))
        {
            Assert.False(lost.Store.TryGet(TheChunk, out _));
        }

        harness.Settle();
        Assert.DoesNotContain(harness.Files.AllFiles(), f => f.Contains("chunk_", StringComparison.Ordinal));
        Assert.Equal(0, harness.Store.UsedBytes);
        using var other = harness.Create();
        Assert.Equal(0, other.Info.LengthBytes);
    }

    [Fact]
    public void Idle_replicas_are_listed_without_being_open_and_open_again_as_they_were()
    {
        using var harness = new StoreHarness();
        for (ulong i = 1; i <= 300; i++)
        {
            using var replica = harness.Create(chunk: new ChunkId(i));
            replica.Apply([Write(1, 0, Bytes((int)i, (int)i))]);
        }

        using var next = harness.Restart();
        Assert.Equal(300, next.Store.ReplicaCount);
        Assert.Equal(300 * 301 / 2, next.Store.UsedBytes);
        Assert.Equal(300, next.Store.List().Count(r => r.Sequence == 1 && r.LengthBytes == (long)r.Chunk.Value && r.Role == Primary));
        using var opened = next.Open(new ChunkId(77));
        var content = new byte[77];
        Assert.Equal(77, opened.Read(new ByteRange(0, 77), content, new uint[1]).BytesRead);
        Assert.Equal(Bytes(77, 77), content);
    }

    [Fact]
    public void Replicas_spread_over_folders_and_each_knows_its_own()
    {
        using var harness = new StoreHarness(folders: 2);
        Assert.Equal([0, 1], harness.Store.Folders.Select(f => f.Number));
        using var replica = harness.Create();
        Assert.Equal(replica.DataPath, ChunkFileName.DataPath(harness.Settings.Folders[replica.Info.Folder], TheChunk));
        Assert.All(harness.Store.Folders, f => Assert.True(f.IsNew));
        using var next = harness.Restart();
        Assert.All(next.Store.Folders, f => Assert.False(f.IsNew));
    }
}
