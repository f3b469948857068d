using AkkaDfs.Meta.Core;
using AkkaDfs.Shared;
using Xunit;

namespace AkkaDfs.Meta.Tests.Core;

public sealed class ChunkSetTests
{
    [Theory]
    [InlineData(300_000, 3_000)]
    [InlineData(9_000, 30_000)]
    [InlineData(int.MaxValue, 2_000)]
    public void Behaves_like_a_sorted_set(int span, int steps)
        => Seeds.ForEach(5, random =>
        {
            var set = new ChunkSet();
            var twin = new SortedSet<ulong>();
            for (var step = 0; step < steps; step++)
            {
                var id = (ulong)random.Next(1, span);
                var chunk = new ChunkId(id);
                Assert.Equal(twin.Contains(id), set.Contains(chunk));
                if (random.Next(3) == 0)
                {
                    Assert.Equal(twin.Remove(id), set.Remove(chunk));
                }
                else
                {
                    Assert.Equal(twin.Add(id), set.Add(chunk));
                }

                Assert.Equal(twin.Count, set.Count);
                var from = (ulong)random.Next(1, span);
                var expected = twin.GetViewBetween(from, ulong.MaxValue).FirstOrDefault();
                Assert.Equal(expected, set.FirstFrom(new ChunkId(from)).Value);
            }

            Assert.Equal(twin, set.ToArray().Select(c => c.Value));
        });
}
