// The journal in PostgreSQL: what it promises as the file journal does, and fencing, which it alone has.

using AkkaDfs.Meta.Core;
using AkkaDfs.Meta.Journal;
using AkkaDfs.Meta.Journal.Postgres;
using AkkaDfs.Shared;
using AkkaDfs.Testing.Postgres;
using AkkaDfs.Testing.Time;
using Xunit;

namespace AkkaDfs.Meta.Tests.Journal;

public sealed class PostgresMetaJournalTests
{
    [PostgresFact]
    public async Task S5_10_What_was_appended_comes_back_in_order_and_every_start_takes_a_higher_epoch()
    {
        var bench = await PostgresBench.NewAsync();
        for (ulong start = 1; start <= 4; start++)
        {
            using var journal = bench.OpenGood();
            Assert.Equal((new Epoch(start), start == 1, 0L), (journal.Opened.Value.Epoch, journal.Opened.Value.IsNew, journal.Opened.Value.CutBytes));
            Assert.Equal(Enumerable.Range(1, (int)start - 1).Select(n => (ulong)n), journal.Numbers());
            Assert.Equal(new ClusterFormed(MetaHarness.ClusterId, journal.Read.OfType<EpochStarted>().First().AtUnixNs), journal.Read[0]);
            Assert.Equal(Enumerable.Range(1, (int)start).Select(e => (ulong)e), journal.Read.OfType<EpochStarted>().Select(e => e.Epoch.Value));
            journal.Write(start);
            Assert.Equal((long)(2 * start), journal.DurablePosition);
        }
    }

    [PostgresFact]
    public async Task Everything_that_was_queued_is_made_durable_by_one_commit()
    {
        var bench = await PostgresBench.NewAsync();
        using var journal = bench.OpenGood();
        for (ulong n = 1; n <= 1_000; n++)
        {
            Assert.Equal((long)n + 1, journal.Journal.Append(JournalHarness.Transaction(n)));
        }

        Assert.Equal(0, journal.DurablePosition);
        Assert.True(journal.Journal.Flush());
        Assert.Equal((1_001L, 2L), (journal.DurablePosition, bench.Ask<long>("SELECT count(*) FROM SCHEMA.log")));
        Assert.False(journal.Journal.Flush());
    }

    [PostgresFact]
    public async Task S5_09_A_replaced_writer_can_append_nothing_and_learns_that_it_was_replaced()
    {
        var bench = await PostgresBench.NewAsync();
        using var old = bench.OpenGood();
        old.Write(1);
        using var young = bench.OpenGood();
        Assert.Equal([1UL], young.Numbers());
        young.Write(2);
        old.Write(3);
        Assert.Equal((DfsErrorCode.StaleEpoch, 2L, false), (old.Failure?.Code, old.DurablePosition, old.Journal.IsConfirmed));
        old.Write(4);
        Assert.Equal(2L, old.DurablePosition);
        young.Write(5);
        old.Dispose();
        young.Dispose();
        using var third = bench.OpenGood();
        Assert.Equal([1UL, 2UL, 5UL], third.Numbers());
    }

    [PostgresFact]
    public async Task S5_09_A_replaced_writer_that_only_reads_learns_it_too()
    {
        var bench = await PostgresBench.NewAsync();
        var time = new ManualTime();
        using var old = bench.OpenGood(time: time);
        using var young = bench.OpenGood();
        time.Advance(TimeSpan.FromMilliseconds(150));
        Assert.True(old.Journal.IsConfirmed);
        old.Journal.Rest();
        Assert.Equal((DfsErrorCode.StaleEpoch, false), (old.Failure?.Code, old.Journal.IsConfirmed));
    }

    [PostgresFact]
    public async Task The_writer_is_confirmed_for_one_lease_from_the_beginning_of_a_statement_and_who_asked_meanwhile_is_told()
    {
        var bench = await PostgresBench.NewAsync();
        var time = new ManualTime();
        using var journal = bench.OpenGood(time: time);
        Assert.True(journal.Journal.IsConfirmed);
        time.Advance(TimeSpan.FromMilliseconds(199));
        Assert.True(journal.Journal.IsConfirmed);
        journal.Journal.Rest();
        Assert.Equal(0, journal.Confirmations);
        time.Advance(TimeSpan.FromMilliseconds(199));
        Assert.True(journal.Journal.IsConfirmed);
        time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.False(journal.Journal.IsConfirmed);
        journal.Write(1);
        Assert.Equal((true, 1), (journal.Journal.IsConfirmed, journal.Confirmations));
    }

    [PostgresTheory]
    [InlineData(Cut.BeforeRequest)]
    [InlineData(Cut.BeforeReply)]
    [InlineData(Cut.AfterRequest)]
    public async Task A_commit_whose_outcome_is_unknown_is_looked_up_and_is_in_the_log_once(Cut cut)
    {
        var bench = await PostgresBench.NewAsync();
        await using var proxy = new CutProxy(bench.Server.Port);
        using var journal = bench.OpenGood(s => s with
        {
            ConnectionString = PostgresServer.ConnectionStringAt("127.0.0.1", proxy.Port), Lease = TimeSpan.FromMinutes(10),
        });
        for (ulong n = 1; n <= 20; n++)
        {
            proxy.CutNext(n % 2 == 0 ? cut : Cut.None);
            journal.Write(n);
            Assert.Equal(((long)n + 1, true, true), (journal.DurablePosition, journal.Failure is null, journal.Journal.IsConfirmed));
        }

        Assert.Equal(10, proxy.Cuts);
        journal.Dispose();
        using var again = bench.OpenGood();
        Assert.Equal(Enumerable.Range(1, 20).Select(n => (ulong)n), again.Numbers());
        Assert.Equal(40, again.Read.OfType<EntryRemoved>().Count());
    }

    [PostgresFact]
    public async Task A_commit_that_still_waits_in_the_database_when_its_connection_breaks_is_waited_for_and_not_sent_twice()
    {
        var bench = await PostgresBench.NewAsync();
        await using var proxy = new CutProxy(bench.Server.Port);
        using var journal = bench.OpenGood(s => s with { ConnectionString = PostgresServer.ConnectionStringAt("127.0.0.1", proxy.Port) });
        using (var other = bench.Connect())
        using (var transaction = other.BeginTransaction())
        {
            new PostgresTables(bench.Schema).ReadWriter(other, isLocked: true);
            proxy.CutNext(Cut.AfterRequest);
            var writing = Task.Run(() => journal.Write(1));
            Assert.True(SpinWait.SpinUntil(() => bench.Ask<long>("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%SCHEMA.%'") >= 2, TimeSpan.FromSeconds(60)));
            transaction.Rollback();
            await writing;
        }

        Assert.Equal((2L, true), (journal.DurablePosition, journal.Failure is null));
        Assert.Equal(2L, bench.Ask<long>("SELECT count(*) FROM SCHEMA.log"));
        journal.Write(2);
        journal.Dispose();
        using var again = bench.OpenGood();
        Assert.Equal([1UL, 2UL], again.Numbers());
    }

    [PostgresFact]
    public async Task A_commit_of_unknown_outcome_of_a_writer_that_is_replaced_meanwhile_is_not_confirmed()
    {
        var bench = await PostgresBench.NewAsync();
        await using var proxy = new CutProxy(bench.Server.Port);
        using var old = bench.OpenGood(s => s with { ConnectionString = PostgresServer.ConnectionStringAt("127.0.0.1", proxy.Port) });
        proxy.CutNext(Cut.BeforeReply);
        proxy.IsClosed = true;
        var writing = Task.Run(() => old.Write(1));
        Assert.True(SpinWait.SpinUntil(() => bench.Ask<long>("SELECT next_position FROM SCHEMA.writer") == 3, TimeSpan.FromSeconds(60)));
        using var young = bench.OpenGood();
        Assert.Equal([1UL], young.Numbers());
        proxy.IsClosed = false;
        await writing;
        Assert.Equal((DfsErrorCode.StaleEpoch, 0L), (old.Failure?.Code, old.DurablePosition));
    }

    [PostgresFact]
    public async Task A_database_that_stays_away_ends_the_writer_after_the_given_time_and_nothing_is_confirmed()
    {
        var bench = await PostgresBench.NewAsync();
        await using var proxy = new CutProxy(bench.Server.Port);
        using var journal = bench.OpenGood(s => s with
        {
            ConnectionString = PostgresServer.ConnectionStringAt("127.0.0.1", proxy.Port), RetryFor = TimeSpan.FromMilliseconds(300),
        });
        proxy.IsClosed = true;
        proxy.CutNext(Cut.BeforeRequest);
        journal.Write(1);
        Assert.Equal((DfsErrorCode.JournalUnreachable, 0L, false), (journal.Failure?.Code, journal.DurablePosition, journal.Journal.IsConfirmed));
        Assert.DoesNotContain(PostgresServer.Password, journal.Failure!.Message, StringComparison.Ordinal);
        proxy.IsClosed = false;
        journal.Write(2);
        Assert.Equal(0L, journal.DurablePosition);
    }

    [PostgresFact]
    public async Task S5_09_Of_writers_that_race_for_the_log_exactly_one_can_append_in_each_epoch()
    {
        var bench = await PostgresBench.NewAsync();
        using (bench.OpenGood())
        {
        }

        for (var round = 0; round < 10; round++)
        {
            // One that is replaced while it opens may find out right there.
            var all = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => bench.Open())));
            Assert.All(all.Where(w => !w.Opened.IsOk), w => Assert.Equal(DfsErrorCode.StaleEpoch, w.Opened.Error?.Code));
            var writers = all.Where(w => w.Opened.IsOk).ToList();
            Assert.Equal(writers.Count, writers.Select(w => w.Epoch).Distinct().Count());
            await Task.WhenAll(writers.Select((w, i) => Task.Run(() => w.Write((ulong)((round * 10) + i)))));
            var last = writers.MaxBy(w => w.Epoch)!;
            Assert.Null(last.Failure);
            Assert.All(writers.Where(w => w != last), w => Assert.Equal((DfsErrorCode.StaleEpoch, 0L), (w.Failure?.Code, w.DurablePosition)));
            all.ToList().ForEach(w => w.Dispose());
        }

        using var again = bench.OpenGood();
        Assert.Equal(10, again.Numbers().Count);
        Assert.Equal(Enumerable.Range(1, 42).Select(e => (ulong)e), again.Read.OfType<EpochStarted>().Select(e => e.Epoch.Value));
    }

    [PostgresFact]
    public async Task Who_takes_over_waits_while_the_writer_before_gives_signs_of_life_and_one_lease_more()
    {
        var bench = await PostgresBench.NewAsync();
        PostgresJournalSettings Patient(PostgresJournalSettings s) => s with { TakeoverPatience = TimeSpan.FromMinutes(5) };
        var first = bench.OpenGood(Patient);
        var time = new ManualTime();
        var takeover = Task.Run(() => bench.OpenGood(Patient, time));
        for (ulong n = 1; n <= 20; n++)
        {
            first.Write(n);
            time.Advance(TimeSpan.FromMilliseconds(150));
            Assert.Null(first.Failure);
        }

        Assert.False(takeover.IsCompleted);
        Assert.True(SpinWait.SpinUntil(
            () =>
            {
                // It has seen the last beat at some time: then one lease and an eighth must pass by its own clock.
                time.Advance(TimeSpan.FromMilliseconds(1));
                return takeover.IsCompleted;
            },
            TimeSpan.FromSeconds(60)));
        using var second = await takeover;
        Assert.Equal(20, second.Numbers().Count);
        first.Write(21);
        Assert.Equal(DfsErrorCode.StaleEpoch, first.Failure?.Code);
        first.Dispose();
    }

    [PostgresFact]
    public async Task A_writer_that_leaves_in_order_is_not_waited_for()
    {
        var bench = await PostgresBench.NewAsync();
        using (var first = bench.OpenGood())
        {
            first.Write(1);
        }

        // A clock that stands still: any wait would last for ever.
        using var second = bench.OpenGood(s => s with { TakeoverPatience = TimeSpan.FromDays(1) }, new ManualTime());
        Assert.Equal([1UL], second.Numbers());
    }

    [PostgresFact]
    public async Task A_node_that_has_watched_the_writer_stand_still_takes_over_at_once()
    {
        var bench = await PostgresBench.NewAsync();
        using var first = bench.OpenGood();
        var time = new ManualTime();
        var watch = new WriterWatch(time);
        using (var connection = bench.Connect())
        {
            watch.See(new PostgresTables(bench.Schema).ReadWriter(connection)!);
        }

        time.Advance(TimeSpan.FromMilliseconds(225));
        using var second = bench.OpenGood(s => s with { TakeoverPatience = TimeSpan.FromDays(1) }, time, watch);
        Assert.Equal(2UL, second.Epoch);
    }

    [PostgresFact]
    public async Task Another_cluster_and_a_newer_format_are_refused_and_the_writer_goes_on()
    {
        var bench = await PostgresBench.NewAsync();
        using var journal = bench.OpenGood();
        Assert.Equal(DfsErrorCode.WrongCluster, bench.Open(s => s with { ClusterName = "other" }).Opened.Error?.Code);
        bench.Execute("UPDATE SCHEMA.writer SET format = 2");
        Assert.Equal(DfsErrorCode.VersionMismatch, bench.Open().Opened.Error?.Code);
        journal.Write(1);
        Assert.Null(journal.Failure);
    }

    [PostgresFact]
    public async Task A_server_that_would_forget_what_it_confirms_is_made_to_remember()
    {
        var bench = await PostgresBench.NewAsync();
        var database = new PostgresDatabase(bench.Settings with { ConnectionString = bench.Settings.ConnectionString + ";Options=-c synchronous_commit=off" });
        using var connection = database.Connect();
        using var show = new Npgsql.NpgsqlCommand("SHOW synchronous_commit", connection);
        Assert.Equal("on", show.ExecuteScalar());
    }

    [PostgresFact]
    public async Task Nothing_secret_is_in_any_message()
    {
        var bench = await PostgresBench.NewAsync();
        foreach (var broken in new[] { "Port=1", "Password=wrong", "Database=none", "Username=nobody", "Host=256.1.1.1" })
        {
            using var journal = bench.Open(s => s with { ConnectionString = s.ConnectionString + ";" + broken, RetryFor = TimeSpan.Zero });
            Assert.True(journal.Opened.Error?.Code is DfsErrorCode.JournalUnreachable or DfsErrorCode.JournalUnwritable, $"{broken}: {journal.Opened.Error}");
            Assert.DoesNotContain(PostgresServer.Password, journal.Opened.Error!.ToString(), StringComparison.Ordinal);
        }
    }

    [PostgresFact]
    public async Task S5_09_The_server_may_crash_and_come_back_at_any_moment_and_the_writer_goes_on_in_its_epoch()
    {
        await using var server = await PostgresServer.StartNewAsync();
        var bench = new PostgresBench(server);
        var journal = bench.OpenGood(s => s with { RetryFor = TimeSpan.FromMinutes(2) });
        var last = 0UL;
        for (var crash = 0; crash < 3; crash++)
        {
            using var stop = new CancellationTokenSource();
            var writing = Task.Run(() =>
            {
                while (!stop.IsCancellationRequested)
                {
                    journal.Write(++last);
                }
            });
            var before = journal.DurablePosition;
            Assert.True(SpinWait.SpinUntil(() => journal.DurablePosition > before + 20, TimeSpan.FromSeconds(60)));
            await server.StopAsync(isCrash: crash % 2 == 0);
            await server.StartAsync();
            before = journal.DurablePosition;
            Assert.True(SpinWait.SpinUntil(() => journal.DurablePosition > before + 20, TimeSpan.FromSeconds(60)));
            await stop.CancelAsync();
            await writing;
        }

        Assert.Equal(((long)last + 1, true), (journal.DurablePosition, journal.Failure is null));
        journal.Dispose();
        using var again = bench.OpenGood();
        Assert.Equal(Enumerable.Range(1, (int)last).Select(n => (ulong)n), again.Numbers());
        Assert.Equal(2, again.Read.OfType<EpochStarted>().Count());
    }
}
