// A checker that finds nothing proves nothing: every kind of violation is planted once into a clean history and must be named.

using AkkaDfs.Testing.History;
using Xunit;

namespace AkkaDfs.Testing.Tests;

public sealed class HistoryCheckerTests
{
    private const int ChunkSize = 256;
    private const int RecordSize = 60;

    [Fact]
    public void A_clean_history_has_no_violations() => Assert.Empty(HistoryChecker.Check(Clean()));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Random_clean_histories_have_no_violations(int seed)
    {
        var random = new Random(seed);
        var records = Enumerable.Range(0, 200)
            .Select(i => new HistoryRecord((uint)random.Next(5), (uint)i, random.Next(HistoryRecord.HeaderBytes, ChunkSize / 2)))
            .ToArray();
        var clean = Build(records);
        Assert.True(HistoryChecker.Check(clean).Count == 0, $"seed {seed}");
    }

    [Fact]
    public void A_lost_acknowledged_record_is_found()
        => Finds("is lost", Clean() with { FinalBytes = Clean().FinalBytes[..(ChunkSize + RecordSize)] });

    [Fact]
    public void A_record_at_another_offset_than_acknowledged_is_found()
        => Finds("was acknowledged at", ChangeAppend(1, a => a with { Offset = a.Offset + 1 }));

    [Fact]
    public void A_failed_append_that_is_there_is_found()
        => Finds("was reported as failed", ChangeAppend(2, a => a with { Outcome = Outcome.Failed }));

    [Fact]
    public void An_unknown_append_may_be_there_or_not()
        => Assert.Empty(HistoryChecker.Check(ChangeAppend(2, a => a with { Outcome = Outcome.Unknown })));

    [Fact]
    public void A_record_that_nobody_wrote_is_found()
        => Finds("never appended", Clean() with { Operations = [.. Clean().Operations.Skip(1)] });

    [Fact]
    public void A_record_that_stands_twice_is_found()
    {
        var clean = Clean();
        var bytes = clean.FinalBytes.ToArray();
        bytes.AsSpan(0, RecordSize).CopyTo(bytes.AsSpan(RecordSize));
        Finds("stands twice", clean with { FinalBytes = bytes });
    }

    [Fact]
    public void A_damaged_byte_is_found()
    {
        var bytes = Clean().FinalBytes.ToArray();
        bytes[RecordSize + 30] ^= 1;
        Finds("neither part of a whole record nor NUL", Clean() with { FinalBytes = bytes });
    }

    [Fact]
    public void Padding_in_the_last_chunk_that_does_not_fill_it_is_found()
        => Finds("padding only fills", Clean() with { FinalBytes = (byte[])[.. Clean().FinalBytes.Span, 0, 0] });

    [Fact]
    public void Padding_that_is_not_NUL_is_found()
    {
        var bytes = Clean().FinalBytes.ToArray();
        bytes[ChunkSize - 1] = 7;
        Finds("neither part of a whole record nor NUL", Clean() with { FinalBytes = bytes });
    }

    [Fact]
    public void An_order_that_contradicts_real_time_is_found()
    {
        var clean = Clean();
        var first = clean.Operations[0] with { Invoked = 1000, Completed = 1001 };
        Finds("but stands behind it", clean with { Operations = [first, .. clean.Operations.Skip(1)] });
    }

    [Fact]
    public void A_read_of_bytes_that_never_were_is_found()
        => Finds("the file never had", WithReads(Read(9, 0, 1, 0, 4, new byte[] { 1, 2, 3, 4 })));

    [Fact]
    public void A_read_older_than_an_acknowledgement_before_it_is_found()
        => Finds("stale", WithReads(Read(9, 100, 101, 0, ChunkSize, Clean().FinalBytes[..RecordSize])));

    [Fact]
    public void A_read_that_goes_back_behind_another_is_found()
    {
        var clean = Build([new HistoryRecord(1, 1, RecordSize), new HistoryRecord(1, 2, RecordSize)]);
        var late = clean.Operations.Select(a => a with { Invoked = 0, Completed = long.MaxValue, Outcome = Outcome.Unknown });
        Finds("stale", clean with
        {
            Operations =
            [
                .. late,
                Read(8, 1, 2, 0, ChunkSize, clean.FinalBytes),
                Read(9, 3, 4, 0, ChunkSize, clean.FinalBytes[..RecordSize]),
            ],
        });
    }

    [Fact]
    public void A_fresh_read_of_a_prefix_is_no_violation()
        => Assert.Empty(HistoryChecker.Check(WithReads(Read(9, 2, 500, 0, ChunkSize, Clean().FinalBytes[..RecordSize]))));

    [Fact]
    public void A_replica_that_differs_is_found()
    {
        var clean = Clean();
        var odd = clean.Replicas[0][1].ToArray();
        odd[5] ^= 1;
        Finds("replica 1 of chunk 0", clean with { Replicas = [[clean.Replicas[0][0], odd], clean.Replicas[1]] });
    }

    [Fact]
    public void A_replica_that_is_too_short_is_found()
        => Finds("replica 0 of chunk 1", Clean() with { Replicas = [Clean().Replicas[0], [Clean().Replicas[1][0][..10]]] });

    private static void Finds(string part, FileHistory history)
        => Assert.Contains(HistoryChecker.Check(history), v => v.Contains(part, StringComparison.Ordinal));

    private static FileHistory ChangeAppend(int index, Func<ClientOperation, ClientOperation> change)
    {
        var operations = Clean().Operations.ToArray();
        operations[index] = change(operations[index]);
        return Clean() with { Operations = operations };
    }

    private static FileHistory WithReads(params ClientOperation[] reads)
        => Clean() with { Operations = [.. Clean().Operations, .. reads] };

    private static uint _reads;

    private static ClientOperation Read(uint client, long invoked, long completed, long offset, long wanted, ReadOnlyMemory<byte> bytes) => new()
    {
        Client = client,
        Counter = Interlocked.Increment(ref _reads),
        Kind = OperationKind.Read,
        Invoked = invoked,
        Completed = completed,
        Outcome = Outcome.Acknowledged,
        Offset = offset,
        LengthBytes = wanted,
        Data = bytes,
    };

    // Six records of 60 bytes in chunks of 256: four to a chunk, then 16 bytes of padding.
    private static FileHistory Clean()
        => Build([.. Enumerable.Range(0, 6).Select(i => new HistoryRecord((uint)(i % 2), (uint)i, RecordSize))]);

    private static FileHistory Build(HistoryRecord[] records)
    {
        var file = new List<byte>();
        var appends = new List<ClientOperation>();
        foreach (var record in records)
        {
            var left = ChunkSize - (file.Count % ChunkSize);
            if (record.LengthBytes > left)
            {
                file.AddRange(new byte[left]);
            }

            var time = appends.Count * 10;
            appends.Add(new ClientOperation
            {
                Client = record.Client,
                Counter = record.Counter,
                Kind = OperationKind.Record,
                Invoked = time,
                Completed = time + 5,
                Outcome = Outcome.Acknowledged,
                Offset = file.Count,
                LengthBytes = record.LengthBytes,
                Data = record.ToBytes(),
            });
            file.AddRange(record.ToBytes());
        }

        var bytes = file.ToArray();
        var replicas = bytes.Chunk(ChunkSize).Select(c => (IReadOnlyList<ReadOnlyMemory<byte>>)[c, c.ToArray(), c.ToArray()]).ToList();
        return new FileHistory(ChunkSize, appends, bytes, replicas);
    }
}
