// A journal in a schema of its own of the shared PostgreSQL server, flushed by hand, and what its listener heard.

using AkkaDfs.Meta.Core;
using AkkaDfs.Meta.Journal;
using AkkaDfs.Meta.Journal.Postgres;
using AkkaDfs.Shared;
using AkkaDfs.Testing.Postgres;
using Npgsql;
using Xunit;

namespace AkkaDfs.Meta.Tests.Journal;

/// <summary>One schema, and journals in it.</summary>
internal sealed class PostgresBench(PostgresServer server)
{
    private static int s_schemas;

    internal PostgresServer Server => server;

    internal string Schema { get; } = $"test{Interlocked.Increment(ref s_schemas)}";

    internal static async Task<PostgresBench> NewAsync() => new(await PostgresServer.SharedAsync());

    internal PostgresJournalSettings Settings => new(server.ConnectionString, Schema, "dfs", "127.0.0.1:1", MetaHarness.ClusterId)
    {
        Lease = TimeSpan.FromMilliseconds(200), TakeoverPatience = TimeSpan.Zero, StatementTimeout = TimeSpan.FromSeconds(30), RetryFor = TimeSpan.FromSeconds(30),
    };

    internal PostgresHarness Open(Func<PostgresJournalSettings, PostgresJournalSettings>? change = null, TimeProvider? time = null, WriterWatch? watch = null)
    {
        var clock = time ?? TimeProvider.System;
        var settings = change?.Invoke(Settings) ?? Settings;
        var harness = new PostgresHarness(new PostgresMetaJournal(settings, clock, watch ?? new WriterWatch(clock)));
        harness.Open();
        return harness;
    }

    internal PostgresHarness OpenGood(Func<PostgresJournalSettings, PostgresJournalSettings>? change = null, TimeProvider? time = null, WriterWatch? watch = null)
    {
        var harness = Open(change, time, watch);
        Assert.True(harness.Opened.IsOk, harness.Opened.Error?.ToString());
        return harness;
    }

    internal int Execute(string sql)
    {
        using var connection = Connect();
        using var command = new NpgsqlCommand(sql.Replace("SCHEMA", Schema, StringComparison.Ordinal), connection);
        return command.ExecuteNonQuery();
    }

    internal T Ask<T>(string sql)
    {
        using var connection = Connect();
        using var command = new NpgsqlCommand(sql.Replace("SCHEMA", Schema, StringComparison.Ordinal), connection);
        return (T)command.ExecuteScalar()!;
    }

    internal NpgsqlConnection Connect()
    {
        var connection = new NpgsqlConnection(server.ConnectionString + ";Pooling=false");
        connection.Open();
        return connection;
    }
}

/// <summary>An open journal.</summary>
internal sealed class PostgresHarness(PostgresMetaJournal journal) : IJournalListener, IDisposable
{
    internal PostgresMetaJournal Journal => journal;

    internal Result<JournalOpened> Opened { get; private set; }

    /// <summary>Everything that was read back, or confirmed by opening.</summary>
    internal List<MetaEvent> Read { get; } = [];

    internal long DurablePosition { get; private set; }

    internal DfsError? Failure { get; private set; }

    internal int Confirmations { get; private set; }

    internal List<(long Next, DfsError? Error)> Checkpoints { get; } = [];

    internal ulong Epoch => Opened.Value.Epoch.Value;

    public void Durable(long position) => DurablePosition = position;

    public void Failed(DfsError error) => Failure = error;

    public void Confirmed() => Confirmations++;

    public void Checkpointed(long nextPosition, DfsError? error) => Checkpoints.Add((nextPosition, error));

    internal void Open() => Opened = journal.Open(Read.Add, this);

    internal IReadOnlyList<ulong> Numbers() => [.. Read.OfType<EntryRemoved>().Select(e => e.Parent.Value).Distinct()];

    internal void Write(ulong number)
    {
        journal.Append(JournalHarness.Transaction(number));
        journal.Flush();
    }

    public void Dispose() => journal.Dispose();
}
