// Looks whether a state holds together: the tree is a tree, every chunk is in exactly the file that names it, nothing is beyond
// the counters that new ids come from. A journal that was written by this code always does; one that was mended by hand may not.

namespace AkkaDfs.Meta.Core;

/// <summary>Checks states.</summary>
internal static class StateAudit
{
    /// <summary>What is wrong, one sentence each; empty when nothing is.</summary>
    public static IEnumerable<string> Of(DurableState state)
        => OfTree(state).Concat(OfChunks(state)).Concat(OfPast(state));

    private static IEnumerable<string> OfTree(DurableState state)
    {
        var names = state.Names;
        var seen = new HashSet<Inode>(ReferenceEqualityComparer.Instance);
        var open = new Stack<DirectoryInode>();
        open.Push(names.Root);
        while (open.TryPop(out var directory))
        {
            if (!seen.Add(directory))
            {
                yield return $"directory {directory.Id} is in the tree twice";
                continue;
            }

            var subdirectories = 0;
            var cursor = directory.Children.After([]);
            while (cursor.Next(out var name, out var child))
            {
                if (!ReferenceEquals(names.Find(child.Id), child))
                {
                    yield return $"'{name}' in directory {directory.Id} leads to inode {child.Id}, which is not in the table of nodes";
                }

                if (child.Id.Value >= names.NextInode.Value)
                {
                    yield return $"inode {child.Id} is beyond the counter of inodes {names.NextInode}";
                }

                if (child is DirectoryInode below)
                {
                    subdirectories++;
                    open.Push(below);
                    if (!ReferenceEquals(below.Parent, directory))
                    {
                        yield return $"directory {below.Id} is in directory {directory.Id} and does not know it";
                    }
                }
                else
                {
                    seen.Add(child);
                }
            }

            if (subdirectories != directory.Subdirectories)
            {
                yield return $"directory {directory.Id} counts {directory.Subdirectories} directories in it, and has {subdirectories}";
            }
        }
    }

    // Every chunk that a past state names is there, knows the file, and is named by the living file or by nothing younger.
    private static IEnumerable<string> OfPast(DurableState state)
    {
        foreach (var (inode, upto, file) in state.Names.PastFiles())
        {
            for (var at = 0; at < file.Allocated; at++)
            {
                var chunk = file.At(at);
                if (!ReferenceEquals(state.Chunks.Find(chunk.Id), chunk))
                {
                    yield return $"the state of file {inode} up to snapshot {upto} names chunk {chunk.Id}, which is not in the table of chunks";
                }
                else if (chunk.File.Id != inode)
                {
                    yield return $"the state of file {inode} up to snapshot {upto} names chunk {chunk.Id} of file {chunk.File.Id}";
                }
            }
        }

        foreach (var (of, copy) in state.Copies)
        {
            if (state.Chunks.Find(of) is null || state.Chunks.Find(copy) is null)
            {
                yield return $"chunk {copy} is becoming a copy of chunk {of}, and one of them is not in the table of chunks";
            }
        }
    }

    private static IEnumerable<string> OfChunks(DurableState state)
    {
        foreach (var chunk in state.Chunks.InOrder())
        {
            if (chunk.Id.Value >= state.Chunks.NextChunk.Value)
            {
                yield return $"chunk {chunk.Id} is beyond the counter of chunks {state.Chunks.NextChunk}";
            }

            var isBeingCopied = state.Copies.Values.Contains(chunk.Id);
            if (!isBeingCopied && !ReferenceEquals(chunk.File.Find(chunk.Index), chunk))
            {
                yield return $"chunk {chunk.Id} is not at index {chunk.Index} of its file {chunk.File.Id}";
            }

            if (!isBeingCopied && chunk.File.IsPast && !ReferenceEquals(state.Names.PastHolderOf(chunk), chunk.File))
            {
                yield return $"chunk {chunk.Id} belongs to a past state of file {chunk.File.Id}, which is not the newest that names it";
            }

            if (chunk.IsOpen && (chunk.File.IsPast || state.Names.PastHolderOf(chunk) is not null))
            {
                yield return $"chunk {chunk.Id} is open for writing, and snapshots see it";
            }

            if (chunk.IsOpen != state.Chunks.Open.Contains(chunk.Id))
            {
                yield return $"chunk {chunk.Id} is counted wrongly as open or closed";
            }

            if (!chunk.File.IsPast && !ReferenceEquals(state.Names.Find(chunk.File.Id), chunk.File))
            {
                yield return $"chunk {chunk.Id} belongs to file {chunk.File.Id}, which is not in the table of nodes";
            }

            if (chunk.LengthBytes > chunk.File.Layout.ChunkSizeBytes)
            {
                yield return $"chunk {chunk.Id} has {chunk.LengthBytes} bytes, more than the {chunk.File.Layout.ChunkSizeBytes} of its file's layout";
            }
        }
    }
}
