// The part of the client's front for callers who have a path and one thing to do with the content: each call opens the file anew.

using AkkaDfs.Shared;

namespace AkkaDfs.Client;

public sealed partial class DfsClient
{
    /// <inheritdoc/>
    public async Task<int> ReadAsync(
        string path, long offset, Memory<byte> destination, CallOptions? options = null, CancellationToken cancellationToken = default)
    {
        var file = await OpenAsync(path, options, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
        return await file.ReadAsync(offset, destination, options, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
    }

    /// <inheritdoc/>
    public async Task WriteAsync(
        string path, long offset, ReadOnlyMemory<byte> data, CallOptions? options = null, CancellationToken cancellationToken = default)
    {
        var file = await OpenForAppendAsync(path, options, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
        await file.WriteAsync(offset, data, options, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
    }

    /// <inheritdoc/>
    public async Task SetLengthAsync(string path, long lengthBytes, CallOptions? options = null, CancellationToken cancellationToken = default)
    {
        var file = await OpenAsync(path, options, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
        await file.SetLengthAsync(lengthBytes, options, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
        await file.CompleteAsync(options, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
    }

    /// <inheritdoc/>
    public async Task<long> AppendAsync(
        string path, ReadOnlyMemory<byte> data, CallOptions? options = null, CancellationToken cancellationToken = default)
    {
        var file = await OpenForAppendAsync(path, options, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
        return await file.AppendAsync(data, null, options, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
    }

    /// <inheritdoc/>
    public async Task<long> RecordAppendAsync(
        string path, ReadOnlyMemory<byte> record, CallOptions? options = null, CancellationToken cancellationToken = default)
    {
        var file = await OpenForAppendAsync(path, options, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
        return await file.RecordAppendAsync(record, null, options, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
    }
}
