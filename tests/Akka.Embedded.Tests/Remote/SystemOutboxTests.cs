// System messages until they are acknowledged: against a brute-force twin that loses, repeats and reorders.
using Akka.Embedded.Remote;

namespace Akka.Embedded.Tests.Remote;

public class SystemOutboxTests
{
    [Fact]
    public void Whatever_gets_lost_everything_arrives_once_and_in_order()
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        for (var round = 0; round < 200; round++)
        {
            var outbox = new SystemOutbox(capacity: 1000, window: 5);
            var arrived = new List<int>();
            long delivered = 0, now = 0;
            var put = 0;
            while (arrived.Count < 50)
            {
                now++;
                if (put < 50 && random.Next(2) == 0)
                    Assert.True(outbox.TryAdd([(byte)put++], now));
                while (outbox.TryPeek(out var number, out var frame))
                {
                    outbox.Sent();
                    if (random.Next(3) == 0)
                        continue;
                    if (number == delivered + 1)
                    {
                        delivered = number;
                        arrived.Add(frame[0]);
                    }
                }

                if (random.Next(2) == 0)
                    outbox.Acknowledge(delivered, now);
                if (random.Next(4) == 0)
                    outbox.Rewind(now);
            }

            Assert.Equal(Enumerable.Range(0, 50), arrived);
            outbox.Acknowledge(delivered, now);
            Assert.True(outbox.IsEmpty, $"seed {seed}");
        }
    }

    [Fact]
    public void It_is_bounded_and_the_window_too()
    {
        var outbox = new SystemOutbox(capacity: 10, window: 3);
        for (var i = 0; i < 10; i++)
            Assert.True(outbox.TryAdd([0], 0));
        Assert.False(outbox.TryAdd([0], 0));
        var sent = 0;
        while (outbox.TryPeek(out _, out _))
        {
            outbox.Sent();
            sent++;
        }

        Assert.Equal(3, sent);
        Assert.True(outbox.Acknowledge(2, 5));
        Assert.Equal(5, outbox.WaitingSince);
        Assert.True(outbox.TryPeek(out var next, out _));
        Assert.Equal(4, next);
        Assert.False(outbox.Acknowledge(2, 6));
        Assert.False(outbox.Acknowledge(99, 6));
    }
}
