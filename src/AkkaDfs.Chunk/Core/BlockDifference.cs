// Which blocks must move to bring a replica to another one's state, grouped into reads.

using AkkaDfs.Shared;

namespace AkkaDfs.Chunk.Core;

/// <summary>Compares block checksums.</summary>
public static class BlockDifference
{
    /// <summary>Runs of neighbouring blocks that differ, each at most <paramref name="maxBlocks"/> long, in order.</summary>
    /// <param name="have">Checksums of what is here; 0 or missing where nothing is.</param>
    /// <param name="want">Checksums of what is to be.</param>
    /// <param name="wantBytes">Length of what is to be.</param>
    /// <param name="haveBytes">Length of what is here: its last block counts only where it is as long as the wanted one.</param>
    /// <param name="maxBlocks">1 and up.</param>
    public static List<ByteRange> Runs(ReadOnlySpan<uint> have, ReadOnlySpan<uint> want, long wantBytes, long haveBytes, int maxBlocks)
    {
        var runs = new List<ByteRange>();
        for (var i = 0; i < want.Length; i++)
        {
            var block = BlockAt(i, wantBytes);
            var same = i < have.Length && have[i] == want[i] && BlockAt(i, haveBytes).LengthBytes == block.LengthBytes;
            if (same)
            {
                continue;
            }

            if (runs.Count > 0 && runs[^1].End == block.Offset && runs[^1].LengthBytes < (long)maxBlocks * Checksum.BlockBytes)
            {
                runs[^1] = runs[^1] with { LengthBytes = runs[^1].LengthBytes + block.LengthBytes };
            }
            else
            {
                runs.Add(block);
            }
        }

        return runs;
    }

    private static ByteRange BlockAt(int index, long lengthBytes)
        => new ByteRange((long)index * Checksum.BlockBytes, Checksum.BlockBytes).Intersect(new ByteRange(0, lengthBytes));
}
