// The part of the client's front about what nodes have besides content: sessions that hold them open.

using System.Runtime.CompilerServices;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Client;

public sealed partial class DfsClient
{
    /// <inheritdoc/>
    public async Task<byte[]> GetXattrAsync(
        PathRef target, string name, bool followLink = true, CallOptions? options = null, CancellationToken cancellationToken = default)
        => (await AskAsync<MetaProtocol.XattrReply>(
            new MetaProtocol.GetXattr(target, name, followLink), _context.DeadlineOf(options), cancellationToken).ConfigureAwait(Surroundings.HoldAwaits)).Value;

    /// <inheritdoc/>
    public async Task<IReadOnlyList<string>> ListXattrAsync(
        PathRef target, bool followLink = true, CallOptions? options = null, CancellationToken cancellationToken = default)
        => (await AskAsync<MetaProtocol.XattrNames>(
            new MetaProtocol.ListXattr(target, followLink), _context.DeadlineOf(options), cancellationToken).ConfigureAwait(Surroundings.HoldAwaits)).Names;

    /// <inheritdoc/>
    public Task SetXattrAsync(
        PathRef target,
        string name,
        byte[] value,
        MetaProtocol.XattrMode mode = MetaProtocol.XattrMode.Any,
        bool followLink = true,
        CallOptions? options = null,
        CancellationToken cancellationToken = default)
        => AskAsync<MetaProtocol.Done>(
            new MetaProtocol.SetXattr(target, name, value, mode, followLink), _context.DeadlineOf(options), cancellationToken);

    /// <inheritdoc/>
    public Task RemoveXattrAsync(
        PathRef target, string name, bool followLink = true, CallOptions? options = null, CancellationToken cancellationToken = default)
        => AskAsync<MetaProtocol.Done>(new MetaProtocol.RemoveXattr(target, name, followLink), _context.DeadlineOf(options), cancellationToken);

    /// <inheritdoc/>
    public Task<DfsLease> TakeLeaseAsync(
        string path, TimeSpan length, bool isShared = false, CallOptions? options = null, CancellationToken cancellationToken = default)
        => DfsLease.TakeAsync(_context, path, isShared, length, options, cancellationToken);

    /// <inheritdoc/>
    public Task EndLeaseAsync(string path, bool force = false, CallOptions? options = null, CancellationToken cancellationToken = default)
        => AskAsync<MetaProtocol.Done>(new MetaProtocol.EndLease(PathRef.Absolute(path), force), _context.DeadlineOf(options), cancellationToken);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<MetaProtocol.LeaseInfo>> GetLeasesAsync(
        string path, CallOptions? options = null, CancellationToken cancellationToken = default)
        => (await AskAsync<MetaProtocol.LeasesReply>(
            new MetaProtocol.GetLeases(PathRef.Absolute(path)), _context.DeadlineOf(options), cancellationToken).ConfigureAwait(Surroundings.HoldAwaits)).Leases;

    /// <inheritdoc/>
    public async IAsyncEnumerable<MetaProtocol.TrashEntry> ListTrashAsync(
        CallOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var after = default(InodeId);
        while (true)
        {
            var page = await AskAsync<MetaProtocol.TrashPage>(
                new MetaProtocol.ListTrash(after, ListPage), _context.DeadlineOf(options), cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
            foreach (var entry in page.Entries)
            {
                yield return entry;
                after = entry.Status.Inode;
            }

            if (!page.HasMore)
            {
                yield break;
            }
        }
    }

    /// <inheritdoc/>
    public async Task<FileStatus> UndeleteAsync(
        string path, string? to = null, InodeId inode = default, CallOptions? options = null, CancellationToken cancellationToken = default)
        => (await AskAsync<MetaProtocol.StatusReply>(
            new MetaProtocol.Undelete(path, inode, to ?? string.Empty), _context.DeadlineOf(options), cancellationToken).ConfigureAwait(Surroundings.HoldAwaits)).Status;

    /// <inheritdoc/>
    public async Task<long> EmptyTrashAsync(CallOptions? options = null, CancellationToken cancellationToken = default)
    {
        for (var count = 0L; ;)
        {
            var gone = await AskAsync<MetaProtocol.TrashPage>(
                new MetaProtocol.EmptyTrash(), _context.DeadlineOf(options), cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
            count += gone.Entries.Count;
            if (!gone.HasMore)
            {
                return count;
            }
        }
    }

    /// <inheritdoc/>
    public Task<MetaProtocol.QuotaReply> SetQuotaAsync(
        string path, long maxBytes, long maxFiles, CallOptions? options = null, CancellationToken cancellationToken = default)
        => AskAsync<MetaProtocol.QuotaReply>(
            new MetaProtocol.SetQuota(PathRef.Absolute(path), maxBytes, maxFiles), _context.DeadlineOf(options), cancellationToken);

    /// <inheritdoc/>
    public Task<MetaProtocol.QuotaReply> GetQuotaAsync(string path, CallOptions? options = null, CancellationToken cancellationToken = default)
        => AskAsync<MetaProtocol.QuotaReply>(new MetaProtocol.GetQuota(PathRef.Absolute(path)), _context.DeadlineOf(options), cancellationToken);

    /// <inheritdoc/>
    public IDfsClient As(Caller caller) => new DfsClient(_context.As(caller));

    /// <inheritdoc/>
    public Task<DfsSession> StartSessionAsync(CallOptions? options = null, CancellationToken cancellationToken = default)
        => DfsSession.StartAsync(_context, options, cancellationToken);
}
