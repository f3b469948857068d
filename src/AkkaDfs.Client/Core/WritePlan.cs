// How written bytes become requests, and which of them may be under way together: writes whose ranges overlap must be
// applied in the order they were made, so the later one waits; all others may overtake each other.

using AkkaDfs.Shared;

namespace AkkaDfs.Client.Core;

/// <summary>Cuts writes into requests.</summary>
public static class WritePlan
{
    /// <summary>The pieces of a write at an offset: same cuts as reads.</summary>
    public static IEnumerable<FilePiece> Split(ByteRange range, int chunkSizeBytes, int requestBytes)
        => ReadPlan.Split(range, chunkSizeBytes, requestBytes);

    /// <summary>
    /// How many of the bytes to be appended go into the last chunk now; 0 when it is full and the next chunk takes them.
    /// </summary>
    /// <param name="chunkLengthBytes">Its length, as its primary says.</param>
    /// <param name="chunkSizeBytes">Chunk size of the file.</param>
    /// <param name="wantedBytes">Bytes still to be appended.</param>
    /// <param name="requestBytes">Longest request.</param>
    public static int AppendPart(long chunkLengthBytes, int chunkSizeBytes, int wantedBytes, int requestBytes)
        => (int)Math.Min(Math.Min(wantedBytes, requestBytes), Math.Max(0, chunkSizeBytes - chunkLengthBytes));

    /// <summary>Largest record of a file: a quarter of the chunk size, and what one request can carry.</summary>
    public static int MaxRecordBytes(int chunkSizeBytes, int maxPayloadBytes) => Math.Min(chunkSizeBytes / 4, maxPayloadBytes);
}

/// <summary>The ranges of a file that are being written.</summary>
public sealed class RangesInFlight
{
    private readonly List<ByteRange> _ranges = [];

    /// <summary>How many.</summary>
    public int Count => _ranges.Count;

    /// <summary>True when one of them shares a byte with <paramref name="range"/>.</summary>
    public bool Overlaps(ByteRange range)
    {
        foreach (var other in _ranges)
        {
            if (other.Overlaps(range))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Adds a range.</summary>
    public void Add(ByteRange range) => _ranges.Add(range);

    /// <summary>Takes one equal range out; throws when there is none.</summary>
    public void Remove(ByteRange range)
    {
        if (!_ranges.Remove(range))
        {
            throw new InvalidOperationException($"The range {range} was not in flight.");
        }
    }
}
