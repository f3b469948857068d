// Tells failures that pass (a restart, a cut network, a full disk) from those that do not.

using System.Net.Sockets;
using AkkaDfs.Shared;
using Npgsql;

namespace AkkaDfs.Meta.Journal.Postgres;

/// <summary>Classifies what Npgsql throws.</summary>
internal static class PostgresErrors
{
    // Classes of SQLSTATE that pass by themselves or once an operator has helped: connection, rollback, resources, operator, system.
    private static readonly string[] s_passing = ["08", "40", "53", "57", "58"];

    /// <summary>True for everything that a database, or the way to it, can do to us.</summary>
    public static bool IsDatabaseFailure(Exception failure) => failure is NpgsqlException or IOException or SocketException or TimeoutException;

    /// <summary>True when another try may succeed.</summary>
    public static bool IsPassing(Exception failure) => failure is PostgresException e
        ? s_passing.Any(c => e.SqlState.StartsWith(c, StringComparison.Ordinal))
            || e.SqlState is PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.ReadOnlySqlTransaction or PostgresErrorCodes.ObjectNotInPrerequisiteState
        : IsDatabaseFailure(failure);

    /// <summary>JournalUnreachable or JournalUnwritable, without anything secret.</summary>
    /// <param name="failure">What was thrown.</param>
    /// <param name="place">The database, for people.</param>
    public static DfsError ToError(Exception failure, string place) => IsPassing(failure)
        ? new DfsError(
            DfsErrorCode.JournalUnreachable,
            $"The operation log in {place} cannot be reached: {failure.Message} Nothing was acknowledged that is not in it. Meta goes on by itself once the database answers.",
            RetryAfterMs: 500)
        : new DfsError(
            DfsErrorCode.JournalUnwritable,
            $"The database {place} refuses the operation log: {failure.Message} Nothing was acknowledged that is not in it. Correct the rights, the tables or the server; meta goes on by itself then.");
}
