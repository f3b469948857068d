// All chunks by id, and how events change them.

using AkkaDfs.Shared;

namespace AkkaDfs.Meta.Core;

/// <summary>The chunks.</summary>
internal sealed class ChunkTable
{
    private readonly PagedTable<Chunk> _chunks = new();

    /// <summary>The id that the next chunk gets; a chunk of this id or a higher one was never allocated here.</summary>
    public ChunkId NextChunk { get; private set; } = new(1);

    /// <summary>The chunks that are open.</summary>
    public ChunkSet Open { get; } = new();

    /// <summary>Number of chunks.</summary>
    public long Count => _chunks.Count;

    /// <summary>The chunk of an id, or null.</summary>
    public Chunk? Find(ChunkId chunk) => _chunks.Find(chunk.Value);

    /// <summary>All chunks in order of ids.</summary>
    public IEnumerable<Chunk> InOrder() => _chunks.InOrder();

    /// <summary>The chunks of <paramref name="first"/> and higher ids, in order.</summary>
    public IEnumerable<Chunk> From(ChunkId first) => _chunks.From(first.Value);

    internal void Apply(ChunkAllocated allocated, FileInode file)
    {
        Add(new Chunk(allocated.Chunk, file, allocated.Index) { Members = allocated.Members });
        file.Add(Find(allocated.Chunk)!);
        file.MappingUpdatedUnixNs = allocated.AtUnixNs;
    }

    internal void Apply(GenerationRaised raised)
    {
        var chunk = Find(raised.Chunk)!;
        chunk.Generation = raised.Generation;
        chunk.IsSettled = false;
        chunk.File.MappingUpdatedUnixNs = raised.AtUnixNs;
    }

    internal void Apply(ChunkOpened opened)
    {
        var chunk = Find(opened.Chunk)!;
        chunk.Written = opened.Generation;
        chunk.Members = opened.Members;
        chunk.IsOpen = true;
        Open.Add(chunk.Id);
    }

    internal void Apply(ChunkMeasured measured)
    {
        var chunk = Find(measured.Chunk)!;
        var old = chunk.LengthBytes;
        if (measured.Sequence > chunk.Sequence)
        {
            chunk.File.ModifiedUnixNs = chunk.File.ChangedUnixNs = measured.AtUnixNs;
        }

        chunk.Sequence = measured.Sequence;
        chunk.LengthBytes = (int)measured.LengthBytes;
        if (measured.Closes)
        {
            (chunk.IsOpen, chunk.IsGranted) = (false, false);
            Open.Remove(chunk.Id);
        }

        chunk.File.Measured(chunk, old);
    }

    internal void Apply(ChunkImage image, FileInode file) => file.Add(Restore(image, file));

    /// <summary>Adds a chunk that no living file names.</summary>
    internal Chunk Restore(ChunkImage image, FileInode file)
    {
        var chunk = new Chunk(image.Chunk, file, image.Index)
        {
            Generation = image.Generation,
            Written = image.Written,
            Sequence = image.Sequence,
            LengthBytes = (int)image.LengthBytes,
            IsOpen = image.IsOpen,
            Members = image.Members,
        };
        Add(chunk);
        return chunk;
    }

    /// <summary>Adds a closed chunk that no file names yet.</summary>
    internal void AddLoose(Chunk chunk) => Add(chunk);

    internal void Apply(CountersImage counters) => NextChunk = new ChunkId(counters.NextChunk);

    internal void Remove(Chunk chunk)
    {
        _chunks.Remove(chunk.Id.Value);
        Open.Remove(chunk.Id);
    }

    /// <summary>The chunks that living files name.</summary>
    internal IEnumerable<ChunkImage> Images() => InOrder().Where(IsNamed).Select(ImageOf);

    internal static bool IsNamed(Chunk chunk) => ReferenceEquals(chunk.File.Find(chunk.Index), chunk) && !chunk.File.IsPast;

    internal static ChunkImage ImageOf(Chunk c) => new(
        c.Id, c.File.Id, c.Index, c.Generation, c.Written, c.Sequence, c.LengthBytes, c.IsOpen, c.Members);

    private void Add(Chunk chunk)
    {
        _chunks.Add(chunk.Id.Value, chunk);
        if (chunk.IsOpen)
        {
            Open.Add(chunk.Id);
        }

        NextChunk = new ChunkId(Math.Max(NextChunk.Value, chunk.Id.Value + 1));
    }
}
