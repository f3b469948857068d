// The entries of one directory in ordinal order of names: sorted blocks under a sorted list of blocks.
// Insert, remove and look-up cost O(log n) comparisons; a page of a listing starts anywhere at the same cost. A block splits
// at 256 entries, but a block that is filled at its end is left full, so that names made in order cost no space.

namespace AkkaDfs.Meta.Core;

/// <summary>Names to nodes (or what is known of them), sorted.</summary>
internal sealed class NameTree<TNode>
    where TNode : class
{
    private const int BlockSize = 256;

    private Block[] _blocks = [];
    private int _blockCount;

    /// <summary>Number of entries.</summary>
    public int Count { get; private set; }

    /// <summary>The node of a name, or null.</summary>
    public TNode? Find(ReadOnlySpan<char> name)
    {
        if (Count == 0)
        {
            return null;
        }

        var block = _blocks[BlockFor(name)];
        var at = block.Search(name);
        return at >= 0 ? block.Nodes[at] : null;
    }

    /// <summary>Adds a name that is not there.</summary>
    public void Add(string name, TNode node)
    {
        if (_blockCount == 0)
        {
            InsertBlock(0, new Block());
        }

        var blockAt = BlockFor(name);
        var block = _blocks[blockAt];
        var at = ~block.Search(name);
        if (at < 0)
        {
            throw new InvalidOperationException("the name is taken");
        }

        if (block.Count == BlockSize)
        {
            var right = at == BlockSize ? new Block() : block.SplitOff(BlockSize / 2);
            InsertBlock(blockAt + 1, right);
            if (at >= block.Count)
            {
                at -= block.Count;
                block = right;
            }
        }

        block.Insert(at, name, node);
        Count++;
    }

    /// <summary>Removes a name that is there.</summary>
    public void Remove(ReadOnlySpan<char> name)
    {
        var blockAt = BlockFor(name);
        var block = _blocks[blockAt];
        var at = block.Search(name);
        if (at < 0)
        {
            throw new InvalidOperationException("the name is not there");
        }

        block.RemoveAt(at);
        Count--;
        if (block.Count == 0)
        {
            RemoveBlock(blockAt);
        }
    }

    /// <summary>Gives a name that is there another node.</summary>
    public void Replace(ReadOnlySpan<char> name, TNode node)
    {
        var block = _blocks[BlockFor(name)];
        block.Nodes[block.Search(name)] = node;
    }

    /// <summary>The last entry; there must be one.</summary>
    public (string Name, TNode Node) Last()
    {
        var block = _blocks[_blockCount - 1];
        return (block.Names[block.Count - 1], block.Nodes[block.Count - 1]);
    }

    /// <summary>Position of the first entry after <paramref name="name"/>; empty stands before all.</summary>
    public Cursor After(ReadOnlySpan<char> name)
    {
        if (Count == 0)
        {
            return new Cursor(this, 0, 0);
        }

        var blockAt = BlockFor(name);
        var at = _blocks[blockAt].Search(name);
        return new Cursor(this, blockAt, at >= 0 ? at + 1 : ~at);
    }

    private int BlockFor(ReadOnlySpan<char> name)
    {
        int low = 0, high = _blockCount - 1;
        while (low < high)
        {
            var middle = (low + high + 1) >>> 1;
            if (_blocks[middle].Names[0].AsSpan().SequenceCompareTo(name) <= 0)
            {
                low = middle;
            }
            else
            {
                high = middle - 1;
            }
        }

        return low;
    }

    private void InsertBlock(int at, Block block)
    {
        if (_blockCount == _blocks.Length)
        {
            Array.Resize(ref _blocks, Math.Max(1, _blockCount * 2));
        }

        Array.Copy(_blocks, at, _blocks, at + 1, _blockCount - at);
        _blocks[at] = block;
        _blockCount++;
    }

    private void RemoveBlock(int at)
    {
        _blockCount--;
        Array.Copy(_blocks, at + 1, _blocks, at, _blockCount - at);
        _blocks[_blockCount] = null!;
        if (_blockCount == 0)
        {
            _blocks = [];
        }
    }

    /// <summary>Walks the entries in order. The tree must not change meanwhile.</summary>
    internal struct Cursor(NameTree<TNode> tree, int block, int at)
    {
        private int _block = block;
        private int _at = at;

        /// <summary>The next entry; false after the last.</summary>
        public bool Next(out string name, out TNode node)
        {
            while (_block < tree._blockCount)
            {
                var current = tree._blocks[_block];
                if (_at < current.Count)
                {
                    name = current.Names[_at];
                    node = current.Nodes[_at++];
                    return true;
                }

                _block++;
                _at = 0;
            }

            name = string.Empty;
            node = null!;
            return false;
        }
    }

    private sealed class Block
    {
        internal string[] Names = new string[2];
        internal TNode[] Nodes = new TNode[2];
        internal int Count;

        internal int Search(ReadOnlySpan<char> name)
        {
            int low = 0, high = Count - 1;
            while (low <= high)
            {
                var middle = (low + high) >>> 1;
                var order = Names[middle].AsSpan().SequenceCompareTo(name);
                if (order == 0)
                {
                    return middle;
                }

                if (order < 0)
                {
                    low = middle + 1;
                }
                else
                {
                    high = middle - 1;
                }
            }

            return ~low;
        }

        internal void Insert(int at, string name, TNode node)
        {
            if (Count == Names.Length)
            {
                Array.Resize(ref Names, Math.Min(BlockSize, Count * 2));
                Array.Resize(ref Nodes, Math.Min(BlockSize, Count * 2));
            }

            Array.Copy(Names, at, Names, at + 1, Count - at);
            Array.Copy(Nodes, at, Nodes, at + 1, Count - at);
            Names[at] = name;
            Nodes[at] = node;
            Count++;
        }

        internal void RemoveAt(int at)
        {
            Count--;
            Array.Copy(Names, at + 1, Names, at, Count - at);
            Array.Copy(Nodes, at + 1, Nodes, at, Count - at);
            Names[Count] = null!;
            Nodes[Count] = null!;
        }

        internal Block SplitOff(int from)
        {
            var right = new Block { Names = new string[BlockSize], Nodes = new TNode[BlockSize], Count = Count - from };
            Array.Copy(Names, from, right.Names, 0, right.Count);
            Array.Copy(Nodes, from, right.Nodes, 0, right.Count);
            Array.Clear(Names, from, right.Count);
            Array.Clear(Nodes, from, right.Count);
            Count = from;
            return right;
        }
    }
}
