// Where a replica's files are below a data folder. Chunk servers create them there; meta derives a replica's path from its
// server's folder and the chunk's id, so that no path is ever stored or sent. Part of the on-disk format.

namespace AkkaDfs.Shared;

/// <summary>Names of a replica's files: <c>chunks/ab/chunk_00000000000012ab.dat</c> and <c>.meta</c> beside it.</summary>
public static class ChunkFileName
{
    /// <summary>The folder, below a data folder, that holds the replicas in 256 folders named by the id's last two digits.</summary>
    public const string Root = "chunks";

    /// <summary>Suffix of the file whose bytes are exactly the chunk's bytes.</summary>
    public const string DataSuffix = ".dat";

    /// <summary>Suffix of the file with the replica's checksums and state.</summary>
    public const string MetaSuffix = ".meta";

    private const string Prefix = "chunk_";

    /// <summary>Path of the data file relative to its data folder, with '/' between the parts.</summary>
    public static string RelativeDataPath(ChunkId chunk) => $"{RelativeDirectory(chunk)}/{Prefix}{chunk}{DataSuffix}";

    /// <summary>Path of the meta file relative to its data folder, with '/' between the parts.</summary>
    public static string RelativeMetaPath(ChunkId chunk) => $"{RelativeDirectory(chunk)}/{Prefix}{chunk}{MetaSuffix}";

    /// <summary>The folder of both, relative to the data folder: <c>chunks/ab</c>.</summary>
    public static string RelativeDirectory(ChunkId chunk) => $"{Root}/{(byte)chunk.Value:x2}";

    /// <summary>Absolute path of the data file in <paramref name="folder"/>, which may end in a separator.</summary>
    public static string DataPath(string folder, ChunkId chunk) => $"{folder.TrimEnd('/')}/{RelativeDataPath(chunk)}";

    /// <summary>Reads a file name (without directory) that one of the functions above made; false when it is anything else.</summary>
    public static bool TryParse(ReadOnlySpan<char> name, out ChunkId chunk, out bool isMeta)
    {
        isMeta = name.EndsWith(MetaSuffix, StringComparison.Ordinal);
        var suffix = isMeta ? MetaSuffix.Length : DataSuffix.Length;
        chunk = ChunkId.None;
        return (isMeta || name.EndsWith(DataSuffix, StringComparison.Ordinal))
            && name.Length == Prefix.Length + 16 + suffix
            && name.StartsWith(Prefix, StringComparison.Ordinal)
            && ChunkId.TryParse(name.Slice(Prefix.Length, 16).ToString(), out chunk)
            && chunk.ToString().AsSpan().SequenceEqual(name.Slice(Prefix.Length, 16));
    }
}
