// The part of the client's front about what nodes have besides content: sessions that hold them open.

using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Client;

public sealed partial class DfsClient
{
    /// <inheritdoc/>
    public IDfsClient As(Caller caller) => new DfsClient(_context.As(caller));

    /// <inheritdoc/>
    public Task<DfsSession> StartSessionAsync(CallOptions? options = null, CancellationToken cancellationToken = default)
        => DfsSession.StartAsync(_context, options, cancellationToken);
}
