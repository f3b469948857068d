// How a range of a file is cut into requests: no piece crosses a chunk's end, and within a chunk pieces start at multiples
// of the request size, so that they meet the checksum blocks.

using AkkaDfs.Shared;

namespace AkkaDfs.Client.Core;

/// <summary>One request's share of a file.</summary>
/// <param name="ChunkIndex">Which chunk.</param>
/// <param name="InChunk">Which bytes of it.</param>
/// <param name="FileOffset">Where they stand in the file.</param>
public readonly record struct FilePiece(int ChunkIndex, ByteRange InChunk, long FileOffset)
{
    /// <summary>Its length; always fits an int, since a chunk does.</summary>
    public int LengthBytes => (int)InChunk.LengthBytes;
}

/// <summary>Cuts reads into pieces.</summary>
public static class ReadPlan
{
    /// <summary>The first piece of [<paramref name="offset"/>, <paramref name="end"/>); empty when there is nothing.</summary>
    /// <param name="offset">0 and up.</param>
    /// <param name="end">First byte not wanted.</param>
    /// <param name="chunkSizeBytes">8 and up.</param>
    /// <param name="requestBytes">Longest piece, 1 and up.</param>
    public static FilePiece First(long offset, long end, int chunkSizeBytes, int requestBytes)
    {
        var index = checked((int)(offset / chunkSizeBytes));
        var inChunk = offset % chunkSizeBytes;
        var stop = Math.Min(chunkSizeBytes, (inChunk / requestBytes * requestBytes) + requestBytes);
        var length = Math.Max(0, Math.Min(stop - inChunk, end - offset));
        return new FilePiece(index, new ByteRange(inChunk, length), offset);
    }

    /// <summary>All pieces of a range, in order.</summary>
    public static IEnumerable<FilePiece> Split(ByteRange range, int chunkSizeBytes, int requestBytes)
    {
        for (var offset = range.Offset; offset < range.End;)
        {
            var piece = First(offset, range.End, chunkSizeBytes, requestBytes);
            yield return piece;
            offset += piece.LengthBytes;
        }
    }

    /// <summary>
    /// Pieces to have in flight: as many as asked, and more when the chunks are so small that a piece carries little.
    /// </summary>
    /// <param name="window">Requests in flight for full-sized pieces, 1 and up.</param>
    /// <param name="requestBytes">Size of a full piece.</param>
    /// <param name="chunkSizeBytes">Chunk size of the file.</param>
    public static int PiecesInFlight(int window, int requestBytes, int chunkSizeBytes)
    {
        const int Most = 128;
        var pieceBytes = Math.Min(requestBytes, chunkSizeBytes);
        return (int)Math.Clamp((long)window * requestBytes / pieceBytes, window, Math.Max(window, Most));
    }
}
