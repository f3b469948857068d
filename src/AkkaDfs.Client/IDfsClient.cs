// What a program can do with the file system. Paths are absolute, names separated by '/'. All calls are asynchronous, take a
// deadline (CallOptions) and a cancellation token, retry by themselves what can be retried, and fail with DfsException.

using AkkaDfs.Shared;
using AkkaDfs.Shared.DataPlane;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Client;

/// <summary>A file and its chunks.</summary>
/// <param name="Status">The file, with its exact length.</param>
/// <param name="Chunks">All chunks in order of index; holes have <see cref="ChunkId.None"/>.</param>
public sealed record FileChunks(FileStatus Status, IReadOnlyList<ChunkLocation> Chunks);

/// <summary>A client of one cluster. Thread-safe.</summary>
public interface IDfsClient : IAsyncDisposable
{
    /// <summary>The state of a node; a file's length is exact.</summary>
    /// <exception cref="DfsException">FileNotFound and other errors.</exception>
    Task<FileStatus> StatAsync(string path, CallOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>The state of a node, or null when there is none.</summary>
    Task<FileStatus?> FindAsync(string path, CallOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>A file's chunks with their replicas and the paths of these on their servers.</summary>
    Task<FileChunks> GetChunksAsync(string path, CallOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>The entries of a directory, in order of names. Lengths are as meta knows them, unless asked to be exact.</summary>
    IAsyncEnumerable<MetaProtocol.DirectoryEntry> ListAsync(
        string path, bool exactLengths = false, CallOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>Makes a directory; with <paramref name="makeParents"/> also those above it, and an existing one is fine.</summary>
    Task<FileStatus> MakeDirectoryAsync(
        string path, bool makeParents = false, uint mode = 0x1FF, CallOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>Removes a file or an empty directory; with <paramref name="recursive"/> a directory with all below it.</summary>
    /// <param name="path">What.</param>
    /// <param name="recursive">Also everything below a directory.</param>
    /// <param name="options">Deadline.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <param name="skipTrash">For good at once; otherwise it can be had back for as long as the cluster keeps its trash.</param>
    Task RemoveAsync(
        string path, bool recursive = false, CallOptions? options = null, CancellationToken cancellationToken = default, bool skipTrash = false);

    /// <summary>What the caller has removed and can have back (a superuser: everything), in no particular order.</summary>
    IAsyncEnumerable<MetaProtocol.TrashEntry> ListTrashAsync(CallOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>Puts back what was removed from a path last.</summary>
    /// <param name="path">The path it was removed from.</param>
    /// <param name="to">Where to; null for where it was. Missing directories are made.</param>
    /// <param name="inode">A certain one of those that were removed from there.</param>
    /// <param name="options">Deadline.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="DfsException">FileNotFound, AlreadyExists and others.</exception>
    Task<FileStatus> UndeleteAsync(
        string path, string? to = null, InodeId inode = default, CallOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>Removes for good what the caller has removed (a superuser: everything in the trash).</summary>
    /// <returns>How many entries that were.</returns>
    Task<long> EmptyTrashAsync(CallOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>Moves a node.</summary>
    Task RenameAsync(
        string from,
        string to,
        MetaProtocol.RenameMode mode = MetaProtocol.RenameMode.Replace,
        CallOptions? options = null,
        CancellationToken cancellationToken = default);

    /// <summary>Opens an existing file.</summary>
    Task<DfsFile> OpenAsync(string path, CallOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>Creates a file, or opens or empties an existing one, as <paramref name="create"/> says.</summary>
    Task<DfsFile> CreateAsync(
        string path, CreateOptions? create = null, CallOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>Opens a file as a stream for reading.</summary>
    Task<DfsStream> OpenReadAsync(string path, CallOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>Creates or replaces a file and opens it as a stream for writing; disposing the stream completes the file.</summary>
    Task<DfsStream> OpenWriteAsync(
        string path, CreateOptions? create = null, CallOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>Opens a file, made if it is not there, as a stream that appends exactly what is written to it.</summary>
    Task<DfsStream> OpenAppendAsync(
        string path, CreateOptions? create = null, CallOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>Reads at an offset; see <see cref="DfsFile.ReadAsync"/>.</summary>
    Task<int> ReadAsync(
        string path, long offset, Memory<byte> destination, CallOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>Writes at an offset of an existing file; see <see cref="DfsFile.WriteAsync"/>.</summary>
    Task WriteAsync(
        string path, long offset, ReadOnlyMemory<byte> data, CallOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>Makes an existing file exactly so long; see <see cref="DfsFile.SetLengthAsync"/>.</summary>
    Task SetLengthAsync(string path, long lengthBytes, CallOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>Appends exactly these bytes to an existing file; see <see cref="DfsFile.AppendAsync"/>.</summary>
    /// <returns>Offset of the first byte.</returns>
    Task<long> AppendAsync(
        string path, ReadOnlyMemory<byte> data, CallOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// Appends a record to an existing file; see <see cref="DfsFile.RecordAppendAsync"/>. Whoever appends many, or wants to find out after OutcomeUnknown,
    /// opens the file and uses it.
    /// </summary>
    /// <returns>Offset of the record.</returns>
    Task<long> RecordAppendAsync(
        string path, ReadOnlyMemory<byte> record, CallOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>The value of an extended attribute (user.*, trusted.*, security.*).</summary>
    /// <exception cref="DfsException">AttributeNotFound, NotSupported and others.</exception>
    Task<byte[]> GetXattrAsync(PathRef target, string name, bool followLink = true, CallOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>The names of a node's extended attributes, in order.</summary>
    Task<IReadOnlyList<string>> ListXattrAsync(
        PathRef target, bool followLink = true, CallOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>Sets an extended attribute: a name of at most 255 bytes, a value of at most 64 KiB.</summary>
    /// <exception cref="DfsException">AlreadyExists, AttributeNotFound (as the mode asks), AttributeTooLarge, NotSupported, NotPermitted and others.</exception>
    Task SetXattrAsync(
        PathRef target,
        string name,
        byte[] value,
        MetaProtocol.XattrMode mode = MetaProtocol.XattrMode.Any,
        bool followLink = true,
        CallOptions? options = null,
        CancellationToken cancellationToken = default);

    /// <summary>Removes an extended attribute.</summary>
    Task RemoveXattrAsync(PathRef target, string name, bool followLink = true, CallOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>Takes a lease on a file, by this client's name (<see cref="DfsClientOptions.Holder"/>).</summary>
    /// <param name="path">The file.</param>
    /// <param name="length">How long, 100 ms to 24 h.</param>
    /// <param name="isShared">False: nobody else may read or write it. True: nobody may write it.</param>
    /// <param name="options">Deadline.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="DfsException">FileLocked, with holder and end, and others.</exception>
    Task<DfsLease> TakeLeaseAsync(
        string path, TimeSpan length, bool isShared = false, CallOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>Gives a lease back that is held by this client's name; with <paramref name="force"/> ends all of the file (superuser).</summary>
    /// <exception cref="DfsException">LeaseNotHeld and others.</exception>
    Task EndLeaseAsync(string path, bool force = false, CallOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>The leases on a file.</summary>
    Task<IReadOnlyList<MetaProtocol.LeaseInfo>> GetLeasesAsync(string path, CallOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>Sets a directory's quota (superuser): most bytes and most nodes below it, 0 for any; both 0 end it.</summary>
    Task<MetaProtocol.QuotaReply> SetQuotaAsync(
        string path, long maxBytes, long maxFiles, CallOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>A directory's quota and what is used of it.</summary>
    Task<MetaProtocol.QuotaReply> GetQuotaAsync(string path, CallOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// Takes a snapshot of a directory with all that is below it: it is read as path/.snapshot/name. What was acknowledged before the call
    /// is in it, what begins after it is not; writers below wait for a moment. Only the directory's owner and the superuser may.
    /// </summary>
    /// <returns>The directory as the snapshot shows it.</returns>
    /// <exception cref="DfsException">AlreadyExists, NotADirectory, NotPermitted; Timeout when a writer's server did not answer in time.</exception>
    Task<FileStatus> CreateSnapshotAsync(string path, string name, CallOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>Removes a snapshot; its space is free when nothing else names what it kept.</summary>
    Task DeleteSnapshotAsync(string path, string name, CallOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>The snapshots of a directory, oldest first.</summary>
    Task<IReadOnlyList<MetaProtocol.SnapshotEntry>> ListSnapshotsAsync(string path, CallOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>The same client asking for another user, over the same connections, which stay this client's.</summary>
    IDfsClient As(Caller caller);

    /// <summary>A session, for nodes that are to stay open.</summary>
    Task<DfsSession> StartSessionAsync(CallOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>The cluster as meta sees it: servers, counts, repairs.</summary>
    Task<ClusterStatus> GetClusterAsync(CallOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>Orders what is to become of a chunk server.</summary>
    /// <param name="server">Its number, as <see cref="GetClusterAsync"/> says.</param>
    /// <param name="mode">Draining empties it, Maintenance lets it be down for a while, Normal ends both.</param>
    /// <param name="length">Of maintenance, up to 7 days; zero otherwise.</param>
    /// <param name="options">Deadline.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>The cluster with the order in force.</returns>
    /// <exception cref="DfsException">ServerNotFound, NotPermitted, InvalidArgument and others.</exception>
    Task<ClusterStatus> SetServerModeAsync(
        ServerId server, ServerMode mode, TimeSpan length = default, CallOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>The look-up table of all replicas of a file, or of all files below a directory, in order of paths.</summary>
    IAsyncEnumerable<MetaProtocol.TrackerRow> TrackAsync(
        string path = "/", CallOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>The condition of the chunks of a file, or of all files below a directory, in pages and in order of paths.</summary>
    /// <param name="path">A file or directory.</param>
    /// <param name="onlyTroubled">True to list only chunks that are not healthy; all are counted.</param>
    /// <param name="options">Deadline of each page.</param>
    /// <param name="cancellationToken">Ends it.</param>
    IAsyncEnumerable<MetaProtocol.InspectionPage> InspectAsync(
        string path = "/", bool onlyTroubled = true, CallOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>Begins at once whatever can be repaired below a node, and says what that is, in pages and in order of paths.</summary>
    IAsyncEnumerable<MetaProtocol.RepairPage> RepairAsync(
        string path = "/", CallOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>The newest entries of the operation log that match, in the order in which they happened.</summary>
    /// <param name="path">Only what happened to this path or below it, as it was called then.</param>
    /// <param name="since">Only what happened at this time or later.</param>
    /// <param name="limit">Most entries, 1 to 4096; long paths may leave fewer.</param>
    /// <param name="options">Deadline.</param>
    /// <param name="cancellationToken">Ends it.</param>
    Task<MetaProtocol.LogPage> GetLogAsync(
        string path = "/", DateTimeOffset? since = null, int limit = 1000, CallOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>Damages a replica on its server's disk, to see that the damage is found and repaired.</summary>
    /// <param name="endpoint">The server, as <see cref="TrackAsync"/> and <see cref="GetChunksAsync"/> say.</param>
    /// <param name="op">The replica and the damage.</param>
    /// <param name="options">Deadline.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="DfsException">NotSupported where the server does not permit drills, and others.</exception>
    Task<DamageReport> DamageAsync(DataEndpoint endpoint, DamageOp op, CallOptions? options = null, CancellationToken cancellationToken = default);
}
