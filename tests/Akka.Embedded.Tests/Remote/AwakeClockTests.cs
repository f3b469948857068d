// A node's own pauses do not count as others' silence.

using Akka.Remote;

namespace Akka.Embedded.Tests.Remote;

public sealed class AwakeClockTests
{
    private long _now = 1_000_000;

    [Fact]
    public void Regular_looks_see_all_time_pass()
    {
        var clock = new AwakeClock(() => _now, 2000);
        var begin = clock.Now();
        for (var i = 0; i < 100; i++)
        {
            _now += 1000;
            Assert.Equal(begin + ((i + 1) * 1000), clock.Now());
        }
    }

    [Fact]
    public void A_time_without_looks_counts_as_one_step()
    {
        var clock = new AwakeClock(() => _now, 2000);
        var begin = clock.Now();
        _now += 3_600_000;
        Assert.Equal(begin + 2000, clock.Now());
        Assert.Equal(begin + 2000, clock.Now());
        _now += 500;
        Assert.Equal(begin + 2500, clock.Now());
    }

    [Fact]
    public void After_a_pause_of_its_own_a_node_gives_its_peers_time_to_be_heard()
    {
        var clock = new AwakeClock(() => _now, 2000);
        var detector = new PhiAccrualFailureDetector(
            8, 1000, TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(1), clock.Now);
        for (var i = 0; i < 20; i++)
        {
            detector.HeartBeat();
            _now += 1000;
            Assert.True(detector.IsAvailable);
        }

        // Paused for a minute; then it looks before it has read what came in the meantime.
        _now += 60_000;
        Assert.True(detector.IsAvailable);
        detector.HeartBeat();
        Assert.True(detector.IsAvailable);

        // A peer that stays silent while this node listens is found as ever.
        for (var i = 0; i < 10; i++)
        {
            _now += 1000;
            _ = detector.IsAvailable;
        }

        Assert.False(detector.IsAvailable);
    }
}
