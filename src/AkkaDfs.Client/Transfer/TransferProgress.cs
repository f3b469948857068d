// Counts what transfers move, from many threads, and shows it a few times a second while a person looks.

using AkkaDfs.Client.Core;

namespace AkkaDfs.Client.Transfer;

/// <summary>Counters of one transfer. Thread-safe.</summary>
internal sealed class TransferProgress : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    private readonly TimeProvider _time;
    private readonly long _started;
    private readonly ProgressMeter _meter;
    private readonly Action<string>? _show;
    private readonly CancellationTokenSource _ended = new();
    private readonly Task _shown;
    private long _bytes;
    private long _files;

    /// <param name="totalBytes">Bytes to move; negative when not known.</param>
    /// <param name="totalFiles">Files to move.</param>
    /// <param name="time">The clock.</param>
    /// <param name="show">Shows a line; null when nobody looks.</param>
    public TransferProgress(long totalBytes, long totalFiles, TimeProvider time, Action<string>? show)
    {
        _time = time;
        _show = show;
        _started = time.GetTimestamp();
        _meter = new ProgressMeter(totalBytes, totalFiles);
        _shown = show is null ? Task.CompletedTask : ShowAsync();
    }

    public long Bytes => Interlocked.Read(ref _bytes);

    public long Files => Interlocked.Read(ref _files);

    public TimeSpan Elapsed => _time.GetElapsedTime(_started);

    public void AddBytes(long bytes) => Interlocked.Add(ref _bytes, bytes);

    public void AddFile() => Interlocked.Increment(ref _files);

    /// <summary>Shows no more; may be called twice.</summary>
    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync().ConfigureAwait(false);
        await _shown.ConfigureAwait(false);
    }

    private async Task ShowAsync()
    {
        while (!_ended.IsCancellationRequested)
        {
            await Task.Delay(Interval, _time, _ended.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _meter.Sample(Elapsed, Bytes);
            _show!(_meter.Line(Bytes, Files));
        }
    }
}

/// <summary>A stream that counts what is written through it.</summary>
internal sealed class CountingStream(Stream inner, TransferProgress progress) : Stream
{
    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => inner.Length;

    public override long Position
    {
        get => inner.Position;
        set => throw new NotSupportedException();
    }

    public override void Flush() => inner.Flush();

    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count)
    {
        inner.Write(buffer, offset, count);
        progress.AddBytes(count);
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        await inner.WriteAsync(buffer, cancellationToken).ConfigureAwait(false);
        progress.AddBytes(buffer.Length);
    }
}
