// Snapshots of directories.

using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Client;

public sealed partial class DfsClient
{
    /// <inheritdoc/>
    public async Task<FileStatus> CreateSnapshotAsync(string path, string name, CallOptions? options = null, CancellationToken cancellationToken = default)
        => (await AskAsync<MetaProtocol.StatusReply>(
            new MetaProtocol.CreateSnapshot(PathRef.Absolute(path), name), _context.DeadlineOf(options), cancellationToken).ConfigureAwait(Surroundings.HoldAwaits)).Status;

    /// <inheritdoc/>
    public Task DeleteSnapshotAsync(string path, string name, CallOptions? options = null, CancellationToken cancellationToken = default)
        => AskAsync<MetaProtocol.Done>(new MetaProtocol.DeleteSnapshot(PathRef.Absolute(path), name), _context.DeadlineOf(options), cancellationToken);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<MetaProtocol.SnapshotEntry>> ListSnapshotsAsync(
        string path, CallOptions? options = null, CancellationToken cancellationToken = default)
        => (await AskAsync<MetaProtocol.SnapshotList>(
            new MetaProtocol.ListSnapshots(PathRef.Absolute(path)), _context.DeadlineOf(options), cancellationToken).ConfigureAwait(Surroundings.HoldAwaits)).Entries;
}
