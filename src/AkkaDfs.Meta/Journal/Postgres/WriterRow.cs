namespace AkkaDfs.Meta.Journal.Postgres;

/// <summary>The one row of table writer: who may append, and where.</summary>
/// <param name="Format">Version of the format of all tables.</param>
/// <param name="ClusterId">The cluster.</param>
/// <param name="ClusterName">Its name.</param>
/// <param name="Epoch">Term of the writer; only the writer with this epoch can append.</param>
/// <param name="NextPosition">Position of the transaction that comes next.</param>
/// <param name="Previous">Head checksum of the last record; 0 when there is none.</param>
/// <param name="Beat">Counts the signs of life of writers; never goes back.</param>
/// <param name="Lease">How long the writer may answer after a sign of life.</param>
/// <param name="IsReleased">True when the writer has stopped answering and said so.</param>
/// <param name="Holder">host:port of the writer.</param>
internal sealed record WriterRow(
    int Format,
    Guid ClusterId,
    string ClusterName,
    ulong Epoch,
    ulong NextPosition,
    uint Previous,
    long Beat,
    TimeSpan Lease,
    bool IsReleased,
    string Holder);
