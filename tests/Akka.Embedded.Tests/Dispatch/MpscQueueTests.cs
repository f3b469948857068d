using Akka.Dispatch;

namespace Akka.Embedded.Tests.Dispatch;

public class MpscQueueTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(100_000)]
    public void What_goes_in_comes_out_in_order(int count)
    {
        var queue = new MpscQueue<int>();
        for (var i = 0; i < count; i++)
            queue.Enqueue(i);
        Assert.Equal(count, queue.Count);
        for (var i = 0; i < count; i++)
        {
            Assert.False(queue.IsEmpty);
            Assert.True(queue.TryDequeue(out var item));
            Assert.Equal(i, item);
        }

        Assert.True(queue.IsEmpty);
        Assert.False(queue.TryDequeue(out _));
        Assert.Equal(0, queue.Count);
    }

    [Fact]
    public void It_behaves_as_a_plain_queue_under_any_mix_of_operations()
    {
        const int seed = 4711;
        var random = new Random(seed);
        var queue = new MpscQueue<string>();
        var twin = new Queue<string>();
        for (var i = 0; i < 50_000; i++)
        {
            // Phases of growth and of draining, so that rings are filled, frozen, left and reused.
            if (random.Next(100) < (i / 1000 % 2 == 0 ? 60 : 40))
            {
                queue.Enqueue(i.ToString());
                twin.Enqueue(i.ToString());
            }
            else
            {
                Assert.Equal(twin.TryDequeue(out var expected), queue.TryDequeue(out var actual));
                Assert.Equal(expected, actual);
            }

            Assert.True(twin.Count == queue.Count && (twin.Count == 0) == queue.IsEmpty, $"seed {seed}, step {i}");
        }
    }

    [Fact]
    public async Task Many_producers_lose_nothing_and_each_keeps_its_order()
    {
        const int producers = 4, each = 100_000;
        var queue = new MpscQueue<(int Producer, int Number)>();
        var sending = Enumerable.Range(0, producers).Select(p => Task.Run(() =>
        {
            for (var i = 0; i < each; i++)
                queue.Enqueue((p, i));
        })).ToArray();

        var next = new int[producers];
        var taken = 0;
        while (taken < producers * each)
        {
            if (!queue.TryDequeue(out var item))
            {
                Thread.Yield();
                continue;
            }

            Assert.Equal(next[item.Producer]++, item.Number);
            taken++;
        }

        await Task.WhenAll(sending);
        Assert.True(queue.IsEmpty);
    }
}
