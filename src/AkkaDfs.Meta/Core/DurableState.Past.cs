// What snapshots share with the living tree: chunks. A chunk that both name is copied for the snapshots before it is written to; the
// living file keeps the chunk, and so do those who have it open, its order of operations and its memory of them.

using System.Diagnostics;
using AkkaDfs.Shared;

namespace AkkaDfs.Meta.Core;

internal sealed partial class DurableState
{
    private const int ChunksPerImage = 4096;

    private readonly SortedDictionary<ChunkId, ChunkId> _copies = [];

    /// <summary>Copies that are being made: the chunk, and the copy.</summary>
    public IReadOnlyDictionary<ChunkId, ChunkId> Copies => _copies;

    private void ApplyCopy(MetaEvent change)
    {
        switch (change)
        {
            case ChunkCopyBegun e:
                Begin(e);
                break;
            case ChunkCopied e:
                _copies.Remove(e.Of);
                Complete(e);
                break;
            case ChunkCopyDropped e:
                _copies.Remove(e.Of);
                Names.Freed.Add(Chunks.Find(e.Copy)!);
                break;
            default:
                throw new UnreachableException(change.GetType().Name);
        }
    }

    private void Begin(ChunkCopyBegun begun)
    {
        var of = Chunks.Find(begun.Of)!;
        Names.BeforeChange(of.File);
        var copy = new Chunk(begun.Copy, Names.PastHolderOf(of)!, of.Index) { Members = begun.Members, IsOpen = false };
        Chunks.AddLoose(copy);
        _copies.Add(begun.Of, begun.Copy);
    }

    private void Complete(ChunkCopied copied)
    {
        var of = Chunks.Find(copied.Of)!;
        var copy = Chunks.Find(copied.Copy)!;
        (copy.Sequence, copy.LengthBytes) = (copied.Sequence, (int)copied.LengthBytes);
        while (Names.PastHolderOf(of) is { } holder)
        {
            holder.Exchange(of, copy);
        }

        copy.File = Names.PastHolderOf(copy) ?? copy.File;

        if (!ChunkTable.IsNamed(copy) && Names.PastHolderOf(copy) is null)
        {
            Names.Freed.Add(copy);
        }

        if (Names.Find(of.File.Id) is not FileInode living || !ReferenceEquals(living.Find(of.Index), of))
        {
            Names.Freed.Add(of);
        }
    }

    // A copy of what is gone is of no use.
    private void DropCopiesOfFreed()
    {
        for (var at = 0; at < Names.Freed.Count && _copies.Count > 0; at++)
        {
            if (_copies.Remove(Names.Freed[at].Id, out var copy))
            {
                Names.Freed.Add(Chunks.Find(copy)!);
            }
        }
    }

    private void ApplyPast(MetaEvent change)
    {
        switch (change)
        {
            case PastChunkImage e:
                var file = Names.PastFileFor(e.Chunk.File);
                var chunk = Chunks.Restore(e.Chunk, file);
                if (e.CopyOf != ChunkId.None)
                {
                    _copies.Add(e.CopyOf, chunk.Id);
                }

                break;
            case PastChunksImage e:
                var state = Names.PastFileAt(e.File, e.Upto);
                foreach (var id in e.Chunks)
                {
                    var named = Chunks.Find(id)!;
                    state.Add(named);
                    named.File = named.File.IsPast && !_copies.ContainsValue(id) ? state : named.File;
                }

                break;
            default:
                Names.ApplyPast(change);
                break;
        }
    }

    private IEnumerable<MetaEvent> PastChunkImages()
    {
        if (!Names.HasPast)
        {
            yield break;
        }

        foreach (var chunk in Chunks.InOrder().Where(c => !ChunkTable.IsNamed(c)))
        {
            yield return new PastChunkImage(ChunkTable.ImageOf(chunk), OriginalOf(chunk.Id));
        }

        foreach (var (inode, upto, file) in Names.PastFiles())
        {
            for (var at = 0; at < file.Allocated; at += ChunksPerImage)
            {
                yield return new PastChunksImage(
                    inode, upto, [.. Enumerable.Range(at, Math.Min(ChunksPerImage, file.Allocated - at)).Select(i => file.At(i).Id)]);
            }
        }
    }

    private ChunkId OriginalOf(ChunkId copy)
    {
        foreach (var (of, known) in _copies)
        {
            if (known == copy)
            {
                return of;
            }
        }

        return ChunkId.None;
    }
}
