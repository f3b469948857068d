using AkkaDfs.Meta.Core;
using AkkaDfs.Shared;
using Xunit;

namespace AkkaDfs.Meta.Tests.Core;

public sealed class NameTreeTests
{
    [Fact]
    public void Behaves_like_a_sorted_dictionary()
        => Seeds.ForEach(20, random =>
        {
            var tree = new NameTree<Inode>();
            var twin = new SortedDictionary<string, Inode>(StringComparer.Ordinal);
            for (var step = 0; step < 4_000; step++)
            {
                var name = $"n{random.Next(1_500)}";
                if (twin.ContainsKey(name) && random.Next(3) != 0)
                {
                    tree.Remove(name);
                    twin.Remove(name);
                }
                else if (!twin.ContainsKey(name))
                {
                    twin[name] = new DirectoryInode(new InodeId((ulong)step + 2));
                    tree.Add(name, twin[name]);
                }

                Assert.Equal(twin.Count, tree.Count);
                var probe = $"n{random.Next(1_500)}";
                Assert.Same(twin.GetValueOrDefault(probe), tree.Find(probe));
                if (step % 200 == 0)
                {
                    Assert.Equal(twin.Keys, All(tree, string.Empty));
                    Assert.Equal(twin.Keys.Where(k => string.CompareOrdinal(k, probe) > 0), All(tree, probe));
                    Assert.True(twin.Count == 0 || tree.Last().Name == twin.Keys.Last());
                }
            }
        });

    [Fact]
    public void Names_made_in_order_leave_no_half_empty_blocks_and_come_back_in_order()
    {
        var tree = new NameTree<Inode>();
        var names = Enumerable.Range(0, 100_000).Select(i => i.ToString("d8", System.Globalization.CultureInfo.InvariantCulture)).ToList();
        names.ForEach(n => tree.Add(n, new DirectoryInode(new InodeId(2))));
        Assert.Equal(names, All(tree, string.Empty));
        names.ForEach(n => tree.Remove(n));
        Assert.Equal(0, tree.Count);
        Assert.Empty(All(tree, string.Empty));
    }

    private static List<string> All(NameTree<Inode> tree, string after)
    {
        var names = new List<string>();
        var cursor = tree.After(after);
        while (cursor.Next(out var name, out _))
        {
            names.Add(name);
        }

        return names;
    }
}
