// Cuts a stream into records: lines with their line ends, or pieces of one size. Memory is bounded by the largest record.

using AkkaDfs.Shared;

namespace AkkaDfs.Client.Transfer;

/// <summary>Reads records.</summary>
/// <param name="input">Where they come from.</param>
/// <param name="sizeBytes">Size of each; 0 for lines.</param>
/// <param name="mostBytes">Largest record that can be stored.</param>
internal sealed class RecordReader(Stream input, int sizeBytes, int mostBytes)
{
    private readonly byte[] _buffer = new byte[Math.Max(mostBytes, sizeBytes) + 1];
    private int _start;
    private int _end;

    /// <summary>The next record, valid until the call after; empty at the end.</summary>
    /// <exception cref="DfsException">RecordTooLarge: a line is longer than a record may be; what came before it is returned first.</exception>
    public async ValueTask<ReadOnlyMemory<byte>> NextAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var length = RecordLength(atEnd: false);
            if (length > 0)
            {
                return Take(length);
            }

            if (_end - _start > mostBytes)
            {
                throw new DfsException(
                    DfsErrorCode.RecordTooLarge,
                    $"A line is longer than {mostBytes} bytes, a quarter of the file's chunk size. What came before it is appended; use --record-size, or a file with larger chunks.");
            }

            if (!await FillAsync(cancellationToken).ConfigureAwait(false))
            {
                return Take(RecordLength(atEnd: true));
            }
        }
    }

    private int RecordLength(bool atEnd)
    {
        var there = _buffer.AsSpan(_start.._end);
        if (sizeBytes > 0)
        {
            return there.Length >= sizeBytes ? sizeBytes : atEnd ? there.Length : 0;
        }

        var lineEnd = there.IndexOf((byte)'\n') + 1;
        return lineEnd > 0 && lineEnd <= mostBytes ? lineEnd : lineEnd == 0 && atEnd ? there.Length : 0;
    }

    private ReadOnlyMemory<byte> Take(int length)
    {
        var record = _buffer.AsMemory(_start, length);
        _start += length;
        return record;
    }

    private async ValueTask<bool> FillAsync(CancellationToken cancellationToken)
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start.._end).CopyTo(_buffer);
            _end -= _start;
            _start = 0;
        }

        var read = await input.ReadAsync(_buffer.AsMemory(_end), cancellationToken).ConfigureAwait(false);
        _end += read;
        return read > 0;
    }
}
