namespace AkkaDfs.Meta.Journal.Postgres;

/// <summary>Where and how a journal is kept in a PostgreSQL database.</summary>
/// <param name="ConnectionString">Npgsql's connection string; may contain a password, so it is never printed.</param>
/// <param name="Schema">Schema of the tables, one for each cluster: a lower-case letter or _, then letters, digits or _; at most 63.</param>
/// <param name="ClusterName">Kept with the log, so that another cluster does not take it by mistake.</param>
/// <param name="Holder">host:port of this node, for people.</param>
/// <param name="NewClusterId">Identity for a cluster that is formed now.</param>
internal sealed record PostgresJournalSettings(string ConnectionString, string Schema, string ClusterName, string Holder, Guid NewClusterId)
{
    /// <summary>How long the writer may answer since it last began to ask the database whether it still is the writer.</summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long to try again, with the same epoch, while the database does not answer.</summary>
    public TimeSpan RetryFor { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long one statement, or making one connection, may take; rounded up to whole seconds.</summary>
    public TimeSpan StatementTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long to wait for a writer that still confirms its epoch before it is fenced.</summary>
    public TimeSpan TakeoverPatience { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Bytes of log since the last checkpoint at which a new one is due.</summary>
    public long CheckpointBytes { get; init; } = 128L * 1024 * 1024;

    /// <summary>Time that whoever takes over waits, by its own clock, after the writer's last sign of life: the lease and an eighth, for clocks that run unevenly.</summary>
    /// <param name="lease">Lease of the writer before, as it wrote it down.</param>
    public static TimeSpan WaitFor(TimeSpan lease) => lease + (lease / 8);
}
