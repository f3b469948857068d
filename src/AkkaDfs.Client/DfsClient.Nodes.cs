// The part of the client's front about what nodes have besides content: sessions that hold them open.

using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Client;

public sealed partial class DfsClient
{
    /// <inheritdoc/>
    public async Task<byte[]> GetXattrAsync(
        PathRef target, string name, bool followLink = true, CallOptions? options = null, CancellationToken cancellationToken = default)
        => (await AskAsync<MetaProtocol.XattrReply>(
            new MetaProtocol.GetXattr(target, name, followLink), _context.DeadlineOf(options), cancellationToken).ConfigureAwait(false)).Value;

    /// <inheritdoc/>
    public async Task<IReadOnlyList<string>> ListXattrAsync(
        PathRef target, bool followLink = true, CallOptions? options = null, CancellationToken cancellationToken = default)
        => (await AskAsync<MetaProtocol.XattrNames>(
            new MetaProtocol.ListXattr(target, followLink), _context.DeadlineOf(options), cancellationToken).ConfigureAwait(false)).Names;

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
    public IDfsClient As(Caller caller) => new DfsClient(_context.As(caller));

    /// <inheritdoc/>
    public Task<DfsSession> StartSessionAsync(CallOptions? options = null, CancellationToken cancellationToken = default)
        => DfsSession.StartAsync(_context, options, cancellationToken);
}
