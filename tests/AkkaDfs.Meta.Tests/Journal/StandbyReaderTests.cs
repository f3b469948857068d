// A standby that reads the log along: what it hands over is what a start from nothing reads, at every moment.

using AkkaDfs.Meta.Core;
using AkkaDfs.Meta.Journal.Postgres;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;
using AkkaDfs.Testing.Time;
using Xunit;

namespace AkkaDfs.Meta.Tests.Journal;

public sealed class StandbyReaderTests
{
    [PostgresFact]
    public async Task S5_09_What_was_read_along_and_the_rest_is_the_whole_state_at_every_cut()
    {
        var bench = await PostgresBench.NewAsync();
        using var journal = bench.OpenGood(s => s with { CheckpointBytes = 900 });
        var reader = NewReader(bench);
        using var connection = bench.Connect();
        var random = new Random(3);
        var meta = new MetaHarness(journal: journal.Read.SkipLast(1), epoch: new Epoch(1));
        var events = meta.Journal.Count;
        for (var i = 0; i < 80; i++)
        {
            meta.Ask(Requests.Random(meta, random));
            if (meta.Journal.Count == events)
            {
                continue;
            }

            journal.Journal.Append(meta.Journal[events..]);
            events = meta.Journal.Count;
            journal.Journal.Flush();
            journal.Journal.MakeCheckpoint(CancellationToken.None);

            // Not after every change, so that some come together, and some are retired before they were read.
            if (random.Next(4) == 0)
            {
                var error = reader.Follow(connection);
                Assert.True(error is null || reader.NextPosition == 1, error?.ToString());
                Assert.Null(error is null ? null : reader.Follow(connection));
                Assert.Equal((ulong)journal.DurablePosition + 1, reader.NextPosition);
            }
        }

        Assert.Null(reader.Follow(connection));
        meta.Ask(new MetaProtocol.MakeDirectory(PathRef.Absolute("/last")) { Operation = meta.NextOperation() });
        var rest = meta.Journal.Count - events;
        journal.Journal.Append(meta.Journal[events..]);
        journal.Journal.Flush();
        journal.Dispose();
        var live = meta.State.Durable;
        var (warm, journal2) = Open(bench, reader);
        using (journal2)
        {
            live.Apply(new EpochStarted(new Epoch(2), 0), null);
            Assert.Equal(MetaHarness.Image(live), MetaHarness.Image(warm));
            Assert.Equal(rest + 1, journal2.Replayed);
        }
    }

    [PostgresFact]
    public async Task What_does_not_fit_any_more_is_forgotten_and_read_anew()
    {
        var bench = await PostgresBench.NewAsync();
        using (var journal = bench.OpenGood())
        {
            for (ulong n = 1; n <= 2; n++)
            {
                journal.Journal.Append(CheckpointTests.Transaction(n));
                journal.Journal.Flush();
            }
        }

        using var connection = bench.Connect();
        var reader = NewReader(bench);
        Assert.Null(reader.Follow(connection));
        Assert.Equal(4UL, reader.NextPosition);

        // Put back to where it was a transaction ago: an older copy of the database.
        bench.Execute("UPDATE SCHEMA.writer SET next_position = 3, previous = (SELECT 0)");
        Assert.Equal(DfsErrorCode.JournalDamaged, reader.Follow(connection)?.Code);
        Assert.Equal(1UL, reader.NextPosition);
        Assert.Null(reader.Take());
    }

    private static StandbyReader NewReader(PostgresBench bench) => new(new PostgresTables(bench.Schema), "here");

    private static (DurableState State, Opened Journal) Open(PostgresBench bench, StandbyReader reader)
    {
        var time = new ManualTime();
        var journal = new PostgresMetaJournal(bench.Settings, time, new WriterWatch(time), reader);
        var state = journal.TakeState();
        Assert.NotNull(state);
        var opened = new Opened(journal);
        var result = journal.Open(
            change =>
            {
                state.Apply(change, null);
                opened.Replayed++;
            },
            new PostgresHarness(null!));
        Assert.True(result.IsOk, result.Error?.ToString());
        return (state, opened);
    }

    private sealed class Opened(PostgresMetaJournal journal) : IDisposable
    {
        internal int Replayed { get; set; }

        public void Dispose() => journal.Dispose();
    }
}
