// The tables of the journal in PostgreSQL: checkpoints, history, and what does not fit together.

using AkkaDfs.Meta.Core;
using AkkaDfs.Meta.Journal;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;
using Xunit;

namespace AkkaDfs.Meta.Tests.Journal;

public sealed class PostgresDamageTests
{
    [PostgresFact]
    public async Task S5_11_Replay_and_checkpoint_with_tail_and_live_are_equal_at_every_cut()
    {
        var bench = await PostgresBench.NewAsync();
        using var journal = bench.OpenGood(s => s with { CheckpointBytes = 600 });
        Seeds.ForEach(1, random =>
        {
            var meta = new MetaHarness(journal: journal.Read.SkipLast(1), epoch: new Epoch(1));
            var events = meta.Journal.Count;
            for (var i = 0; i < 120; i++)
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
                var live = MetaHarness.Image(meta.State.Durable);
                Assert.Equal(live, MetaHarness.Image(MetaHarness.Replayed(ReadBack(bench))));
            }
        });
        Assert.True(journal.Checkpoints.Count >= 5 && journal.Checkpoints.TrueForAll(c => c.Error is null), $"{journal.Checkpoints.Count} checkpoints");
        Assert.Equal(2L, bench.Ask<long>("SELECT count(DISTINCT position) FROM SCHEMA.checkpoint"));
        Assert.Equal(bench.Ask<long>("SELECT min(position) FROM SCHEMA.checkpoint"), bench.Ask<long>("SELECT min(position) FROM SCHEMA.log"));
    }

    [PostgresTheory]
    [InlineData("DELETE FROM SCHEMA.log WHERE position = 1")]
    [InlineData("DELETE FROM SCHEMA.log WHERE position = 4")]
    [InlineData("DELETE FROM SCHEMA.log WHERE position = 6")]
    [InlineData("DELETE FROM SCHEMA.log")]
    [InlineData("UPDATE SCHEMA.log SET payload = set_byte(payload, 3, get_byte(payload, 3) # 64) WHERE position = 3")]
    [InlineData("UPDATE SCHEMA.log SET payload = substring(payload FOR length(payload) - 1) WHERE position = 3")]
    [InlineData("UPDATE SCHEMA.log SET head = set_byte(head, 20, get_byte(head, 20) # 1) WHERE position = 3")]
    [InlineData("UPDATE SCHEMA.log SET head = ''::bytea WHERE position = 3")]
    [InlineData("UPDATE SCHEMA.log SET epoch = 9 WHERE position = 3")]
    [InlineData("UPDATE SCHEMA.log a SET head = b.head, payload = b.payload FROM SCHEMA.log b WHERE a.position = 3 AND b.position = 4")]
    [InlineData("UPDATE SCHEMA.writer SET next_position = 5")]
    [InlineData("UPDATE SCHEMA.writer SET previous = 1")]
    [InlineData("DELETE FROM SCHEMA.writer")]
    public async Task Damage_anywhere_refuses_the_start_names_the_place_and_changes_nothing(string harm)
    {
        var bench = await PostgresBench.NewAsync();
        using (var journal = bench.OpenGood())
        {
            for (ulong n = 1; n <= 5; n++)
            {
                journal.Write(n);
            }
        }

        bench.Execute(harm);
        var before = Everything(bench);
        using var again = bench.Open();
        Assert.Equal(DfsErrorCode.JournalDamaged, again.Opened.Error?.Code);
        Assert.Contains(bench.Schema, again.Opened.Error!.Message, StringComparison.Ordinal);
        Assert.Equal(before, Everything(bench));
    }

    [PostgresFact]
    public async Task A_log_that_cannot_be_read_is_not_taken_from_the_writer_it_has()
    {
        var bench = await PostgresBench.NewAsync();
        using var acting = bench.OpenGood();
        acting.Write(1);
        bench.Execute("UPDATE SCHEMA.log SET head = ''::bytea WHERE position = 2");
        using var second = bench.Open();
        Assert.Equal(DfsErrorCode.JournalDamaged, second.Opened.Error?.Code);
        acting.Write(2);
        Assert.Equal((3L, true), (acting.DurablePosition, acting.Failure is null));
    }

    [PostgresTheory]
    [InlineData("UPDATE SCHEMA.writer SET next_position = next_position - 1")]
    [InlineData("UPDATE SCHEMA.writer SET next_position = next_position + 7")]
    [InlineData("UPDATE SCHEMA.writer SET epoch = 0")]
    [InlineData("DELETE FROM SCHEMA.writer")]
    public async Task A_database_that_has_gone_back_ends_the_writer(string harm)
    {
        var bench = await PostgresBench.NewAsync();
        using var journal = bench.OpenGood();
        journal.Write(1);
        bench.Execute(harm);
        journal.Write(2);
        Assert.Equal((DfsErrorCode.JournalDamaged, 2L, false), (journal.Failure?.Code, journal.DurablePosition, journal.Journal.IsConfirmed));
    }

    [PostgresTheory]
    [InlineData("UPDATE SCHEMA.checkpoint SET payload = set_byte(payload, 3, get_byte(payload, 3) # 64) WHERE position = NEWEST AND piece = 1")]
    [InlineData("UPDATE SCHEMA.checkpoint SET head = set_byte(head, 8, get_byte(head, 8) # 64) WHERE position = NEWEST AND piece = 1")]
    [InlineData("UPDATE SCHEMA.checkpoint SET head = set_byte(head, 20, 1) WHERE position = NEWEST AND piece = 0")]
    [InlineData("DELETE FROM SCHEMA.checkpoint WHERE position = NEWEST AND piece = 0")]
    [InlineData("DELETE FROM SCHEMA.checkpoint WHERE position = NEWEST AND piece = 1")]
    [InlineData("DELETE FROM SCHEMA.checkpoint WHERE position = NEWEST AND piece = 2")]
    public async Task A_damaged_checkpoint_is_passed_over_for_the_one_before_and_it_is_told(string harm)
    {
        var bench = await PostgresBench.NewAsync();
        using (var journal = bench.OpenGood(s => s with { CheckpointBytes = 200 }))
        {
            for (ulong n = 1; n <= 30; n++)
            {
                journal.Journal.Append(CheckpointTests.Transaction(n));
                journal.Journal.Flush();
                journal.Journal.MakeCheckpoint(CancellationToken.None);
            }
        }

        bench.Execute(harm.Replace("NEWEST", "(SELECT max(position) FROM SCHEMA.checkpoint)", StringComparison.Ordinal));
        using var again = bench.OpenGood();
        Assert.NotNull(MetaHarness.Replayed(again.Read).Names.Find(new InodeId(61)));
        Assert.Contains("checkpoint", Assert.Single(again.Opened.Value.Warnings), StringComparison.Ordinal);
    }

    [PostgresFact]
    public async Task A_replaced_writer_makes_no_checkpoint()
    {
        var bench = await PostgresBench.NewAsync();
        using var old = bench.OpenGood(s => s with { CheckpointBytes = 1 });
        old.Write(1);
        using var young = bench.OpenGood();
        old.Journal.MakeCheckpoint(CancellationToken.None);
        Assert.Equal(DfsErrorCode.StaleEpoch, Assert.Single(old.Checkpoints).Error?.Code);
        Assert.Equal(0L, bench.Ask<long>("SELECT count(*) FROM SCHEMA.checkpoint"));
    }

    [PostgresFact]
    public async Task The_background_thread_confirms_everything_makes_checkpoints_and_closing_writes_what_is_queued()
    {
        var bench = await PostgresBench.NewAsync();
        var heard = new PostgresHarness(null!);
        var last = 0UL;
        var settings = bench.Settings with { CheckpointBytes = 2_000 };
        var journal = new BackgroundJournal(new Meta.Journal.Postgres.PostgresMetaJournal(settings, TimeProvider.System, new(TimeProvider.System)));
        Assert.True(journal.Open(_ => { }, heard).IsOk);
        Assert.True(SpinWait.SpinUntil(
            () =>
            {
                var position = journal.Append(CheckpointTests.Transaction(++last));
                return SpinWait.SpinUntil(() => heard.DurablePosition >= position, TimeSpan.FromSeconds(60)) && heard.Checkpoints.Count > 3;
            },
            TimeSpan.FromSeconds(120)));
        journal.Append(CheckpointTests.Transaction(++last));
        journal.Dispose();
        Assert.Null(heard.Failure);
        Assert.True(bench.Ask<bool>("SELECT released FROM SCHEMA.writer"));
        using var again = bench.OpenGood();
        Assert.NotNull(MetaHarness.Replayed(again.Read).Names.Find(new InodeId((2 * last) + 1)));
    }

    [PostgresFact]
    public async Task The_way_out_that_the_format_page_describes_leads_out()
    {
        var bench = await PostgresBench.NewAsync();
        using (var journal = bench.OpenGood())
        {
            for (ulong n = 1; n <= 5; n++)
            {
                journal.Write(n);
            }
        }

        bench.Execute("UPDATE SCHEMA.log SET head = ''::bytea WHERE position = 4");
        using (var refused = bench.Open())
        {
            Assert.Contains("position 4", refused.Opened.Error?.Message, StringComparison.Ordinal);
        }

        // The statements of docs/formats/meta-journal-postgres.md, section Repair, for this position.
        bench.Execute("""
            DELETE FROM SCHEMA.log WHERE position >= 4;
            UPDATE SCHEMA.writer SET next_position = 4, released = true,
              previous = (SELECT ('x' || encode(substring(head FROM 8 FOR 1) || substring(head FROM 7 FOR 1)
                                      || substring(head FROM 6 FOR 1) || substring(head FROM 5 FOR 1), 'hex'))::bit(32)::bigint
                          FROM SCHEMA.log WHERE position < 4 ORDER BY position DESC LIMIT 1);
            DELETE FROM SCHEMA.checkpoint WHERE position > 4;
            """);
        using var again = bench.OpenGood();
        Assert.Equal([1UL, 2UL], again.Numbers());
    }

    [PostgresFact]
    public async Task S5_10_11_History_is_read_beside_the_writer_up_to_what_is_confirmed_also_behind_checkpoints()
    {
        var bench = await PostgresBench.NewAsync();
        using var journal = bench.OpenGood(s => s with { CheckpointBytes = 600 });
        var meta = new MetaHarness(journal: journal.Read.SkipLast(1), epoch: new Epoch(1));
        var events = meta.Journal.Count;
        for (var i = 0; i < 40; i++)
        {
            meta.Ask(new MetaProtocol.MakeDirectory(PathRef.Absolute($"/d{i}")) { Operation = meta.NextOperation() });
            journal.Journal.Append(meta.Journal[events..]);
            events = meta.Journal.Count;
            journal.Journal.Flush();
            journal.Journal.MakeCheckpoint(CancellationToken.None);
        }

        var history = new JournalHistory(new Meta.Journal.Postgres.PostgresHistory(bench.Settings));
        var all = history.Read(new MetaProtocol.GetLog("/", 0, 1000), journal.DurablePosition).Value;
        Assert.Equal("/d39", all.Entries[^1].Path);
        Assert.True(bench.Ask<long>("SELECT min(position) FROM SCHEMA.log") > 1, "no checkpoint has retired anything");
        Assert.Equal("/d38", history.Read(new MetaProtocol.GetLog("/", 0, 1000), journal.DurablePosition - 1).Value.Entries[^1].Path);
    }

    private static IReadOnlyList<MetaEvent> ReadBack(PostgresBench bench)
    {
        var events = new List<MetaEvent>();
        using var connection = bench.Connect();
        var tables = new Meta.Journal.Postgres.PostgresTables(bench.Schema);
        var recovery = new Meta.Journal.Postgres.PostgresRecovery(tables, "here", new JournalCursor(), events.Add);
        var row = tables.ReadWriter(connection)!;
        Assert.Null(recovery.LoadCheckpoint(connection, row, row.NextPosition));
        Assert.Null(recovery.ReadLog(connection, row.NextPosition, row.Previous));
        return events;
    }

    private static string Everything(PostgresBench bench)
        => bench.Ask<string>("SELECT concat((SELECT string_agg(w::text, ' ') FROM SCHEMA.writer w), (SELECT string_agg(l::text, ' ' ORDER BY position) FROM SCHEMA.log l))");
}
