// A table keyed by ids that come from a counter: pages of 512, so that one entry costs little more than its reference.

using System.Runtime.InteropServices;

namespace AkkaDfs.Meta.Core;

/// <summary>Items by id. Ids that are close together share a page; empty pages are given back.</summary>
internal sealed class PagedTable<T>
    where T : class
{
    private const int PageBits = 9;
    private const int PageSize = 1 << PageBits;

    private readonly Dictionary<ulong, Page> _pages = [];

    /// <summary>Number of items.</summary>
    public long Count { get; private set; }

    /// <summary>The item, or null.</summary>
    public T? Find(ulong id)
        => _pages.TryGetValue(id >> PageBits, out var page) ? page.Items[id & (PageSize - 1)] : null;

    /// <summary>Adds an item under an id that has none.</summary>
    public void Add(ulong id, T item)
    {
        ref var page = ref CollectionsMarshal.GetValueRefOrAddDefault(_pages, id >> PageBits, out _);
        page ??= new Page();
        ref var slot = ref page.Items[id & (PageSize - 1)];
        if (slot is not null)
        {
            throw new InvalidOperationException($"id {id} is taken");
        }

        slot = item;
        page.Used++;
        Count++;
    }

    /// <summary>Removes an item that is there.</summary>
    public void Remove(ulong id)
    {
        var page = _pages[id >> PageBits];
        ref var slot = ref page.Items[id & (PageSize - 1)];
        if (slot is null)
        {
            throw new InvalidOperationException($"id {id} is not there");
        }

        slot = null;
        Count--;
        if (--page.Used == 0)
        {
            _pages.Remove(id >> PageBits);
        }
    }

    /// <summary>All items in order of ids. The table must not change meanwhile.</summary>
    public IEnumerable<T> InOrder() => From(0);

    /// <summary>The items of <paramref name="first"/> and higher ids, in order. The table must not change meanwhile.</summary>
    public IEnumerable<T> From(ulong first)
    {
        foreach (var key in _pages.Keys.Where(k => k >= first >> PageBits).Order())
        {
            var page = _pages[key];
            for (var i = key == first >> PageBits ? (int)(first & (PageSize - 1)) : 0; i < PageSize; i++)
            {
                if (page.Items[i] is { } item)
                {
                    yield return item;
                }
            }
        }
    }

    private sealed class Page
    {
        internal readonly T?[] Items = new T?[PageSize];
        internal int Used;
    }
}
