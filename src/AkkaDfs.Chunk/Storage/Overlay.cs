// Ranges of a replica whose current bytes are not in its data file yet: they are in the log, or are NUL. Disjoint, in order
// of offset. Reads lay them over what the data file gives; settling writes them there once the log is durable.

namespace AkkaDfs.Chunk.Storage;

internal sealed class Overlay
{
    /// <summary>One range.</summary>
    /// <param name="Start">First byte.</param>
    /// <param name="End">After the last byte.</param>
    /// <param name="Source">Log position of the first byte; 0 for NULs.</param>
    /// <param name="Lsn">The log frame that brought it.</param>
    internal readonly record struct Range(long Start, long End, ulong Source, ulong Lsn)
    {
        internal long LengthBytes => End - Start;

        internal bool IsZero => Source == 0;

        internal Range Cut(long start, long end) => new(start, end, IsZero ? 0 : Source + (ulong)(start - Start), Lsn);
    }

    private readonly List<Range> _ranges = [];

    internal IReadOnlyList<Range> Ranges => _ranges;

    internal bool IsEmpty => _ranges.Count == 0;

    internal int Count => _ranges.Count;

    /// <summary>Bytes that are only in the log.</summary>
    internal long LoggedBytes { get; private set; }

    /// <summary>Lays a range over everything that was there.</summary>
    internal void Set(Range range)
    {
        if (range.LengthBytes <= 0)
        {
            return;
        }

        var at = Remove(range.Start, range.End);
        _ranges.Insert(at, range);
        LoggedBytes += range.IsZero ? 0 : range.LengthBytes;
    }

    /// <summary>Takes out whatever lies in [start, end).</summary>
    /// <returns>Where a range that starts at <paramref name="start"/> would stand.</returns>
    internal int Remove(long start, long end)
    {
        var at = FirstEndingAfter(start);
        if (start >= end)
        {
            return at;
        }

        if (at < _ranges.Count && _ranges[at] is var left && left.Start < start)
        {
            // Splits a range that begins before; its right rest, if any, is looked at by the loop.
            _ranges[at] = left.Cut(left.Start, start);
            _ranges.Insert(++at, left.Cut(start, left.End));
        }

        while (at < _ranges.Count && _ranges[at].Start < end)
        {
            var range = _ranges[at];
            LoggedBytes -= range.IsZero ? 0 : Math.Min(range.End, end) - range.Start;
            if (range.End > end)
            {
                _ranges[at] = range.Cut(end, range.End);
                break;
            }

            _ranges.RemoveAt(at);
        }

        return at;
    }

    internal void Clear()
    {
        _ranges.Clear();
        LoggedBytes = 0;
    }

    /// <summary>Index of the first range that ends after a position.</summary>
    internal int FirstEndingAfter(long position)
    {
        int low = 0, high = _ranges.Count;
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = _ranges[middle].End > position ? (low, middle) : (middle + 1, high);
        }

        return low;
    }
}
