// Appends what is written to it, exactly, in order: one request at a time, so that a retry cannot change places with what
// follows it. Bytes are gathered up to the request size; Flush sends what there is. The first error is final, because what
// was under way then may have been applied.

using System.Runtime.ExceptionServices;
using AkkaDfs.Shared;

namespace AkkaDfs.Client.Files;

/// <summary>An appending stream.</summary>
internal sealed class DfsAppendStream(DfsFile file, CallOptions options) : DfsStream(file, options)
{
    private byte[]? _buffer;
    private int _filled;
    private long _position = -1;
    private ExceptionDispatchInfo? _error;
    private bool _disposed;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    /// <summary>End of what this stream has appended; the file's end before anything is. Cannot be set.</summary>
    public override long Position
    {
        get => (_position < 0 ? Length : _position) + _filled;
        set => throw new NotSupportedException("An appending stream is always at the end.");
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException("An appending stream is always at the end.");

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        var requestBytes = File.Context.Settings.RequestBytes;
        while (!buffer.IsEmpty)
        {
            _buffer ??= File.Context.Buffers.Rent(requestBytes);
            var take = Math.Min(buffer.Length, requestBytes - _filled);
            buffer[..take].CopyTo(_buffer.AsMemory(_filled));
            _filled += take;
            buffer = buffer[take..];
            if (_filled == requestBytes)
            {
                await FlushAsync(cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
            }
        }
    }

    /// <summary>Returns when everything written so far is acknowledged.</summary>
    public override async Task FlushAsync(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        _error?.Throw();
        if (_filled > 0)
        {
            try
            {
                var data = _buffer.AsMemory(0, _filled);
                var offset = await File.AppendAsync(data, null, Options, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
                _position = offset + _filled;
                _filled = 0;
            }
            catch (Exception e) when (e is DfsException or OperationCanceledException)
            {
                _error = ExceptionDispatchInfo.Capture(e);
                throw;
            }
        }
    }

    public override async ValueTask DisposeAsync()
    {
        if (_disposed)
        {
            return;
        }

        try
        {
            await FlushAsync(CancellationToken.None).ConfigureAwait(Surroundings.HoldAwaits);
            await File.DisposeAsync().ConfigureAwait(Surroundings.HoldAwaits);
        }
        finally
        {
            _disposed = true;
            if (_buffer is not null)
            {
                File.Context.Buffers.Return(_buffer);
                _buffer = null;
            }

            GC.SuppressFinalize(this);
        }
    }
}
