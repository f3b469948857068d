// Which replica is asked, and who is asked again.

using AkkaDfs.Client.Core;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Client.Tests.Core;

public sealed class SourceBalanceTests
{
    private static readonly ReplicaLocation[] Replicas = [.. Enumerable.Range(1, 3).Select(i => Replica((uint)i))];

    [Fact]
    public void S3_15_16_17_Equal_servers_get_equal_shares()
    {
        var balance = new SourceBalance();
        var random = new Random(1);
        for (var i = 0; i < 300; i++)
        {
            var first = balance.Order(Replicas, random)[0];
            balance.Started(first.Server, 100);
            balance.Finished(first.Server, 100, TimeSpan.FromMilliseconds(1), RequestEnd.Answered);
        }

        Assert.All(Replicas, r => Assert.Equal(10_000, balance.AssignedBytes(r.Server)));
    }

    [Fact]
    public void S2_10_The_first_choice_is_random()
    {
        var firsts = Enumerable.Range(0, 200).Select(seed => new SourceBalance().Order(Replicas, new Random(seed))[0].Server).ToArray();
        Assert.All(Replicas, r => Assert.InRange(firsts.Count(f => f == r.Server), 30, 110));
    }

    [Fact]
    public void A_slow_server_gets_less()
    {
        var balance = new SourceBalance();
        var random = new Random(1);
        var slow = new ServerId(2);
        var outstanding = new List<(ServerId Server, int Until)>();
        for (var now = 0; now < 900; now++)
        {
            foreach (var done in outstanding.Where(o => o.Until <= now).ToArray())
            {
                outstanding.Remove(done);
                balance.Finished(done.Server, 100, TimeSpan.FromMilliseconds(1), RequestEnd.Answered);
            }

            var server = balance.Order(Replicas, random)[0].Server;
            balance.Started(server, 100);
            outstanding.Add((server, server == slow ? now + 20 : now));
        }

        Assert.True(balance.AssignedBytes(slow) * 3 < balance.AssignedBytes(new ServerId(1)));
    }

    [Fact]
    public void One_that_failed_comes_last_until_it_is_forgiven()
    {
        var balance = new SourceBalance();
        var random = new Random(5);
        var failed = new ServerId(3);
        balance.Started(failed, 100);
        balance.Finished(failed, 100, TimeSpan.Zero, RequestEnd.Failed);
        var firsts = Enumerable.Range(0, 640).Count(_ => balance.Order(Replicas, random)[0].Server == failed);
        Assert.InRange(firsts, 1, 60);
    }

    [Fact]
    public void Wrong_replicas_are_not_asked_and_dead_ones_only_last()
    {
        ReplicaLocation[] mixed =
        [
            Replica(1) with { State = ReplicaState.Down }, Replica(2) with { State = ReplicaState.Stale }, Replica(3),
            Replica(4) with { State = ReplicaState.Copying }, Replica(5) with { State = ReplicaState.Corrupt },
        ];
        Assert.Equal([3u, 1u], new SourceBalance().Order(mixed, new Random(1)).Select(r => r.Server.Value));
    }

    [Fact]
    public void S3_17_The_fastest_is_asked_for_what_the_slowest_owes()
    {
        var balance = new SourceBalance();
        Measure(1, 50);
        Measure(2, 5);
        Measure(3, 500);
        Assert.Equal(new ServerId(2), balance.FastestOf(Replicas)!.Server);
        Assert.Equal(new ServerId(1), balance.FastestOf(Replicas.Where(r => r.Server.Value != 2))!.Server);
        Assert.InRange(balance.Patience(1 << 20), TimeSpan.FromMilliseconds(30), TimeSpan.FromMilliseconds(100));

        void Measure(uint server, int ms)
        {
            balance.Started(new ServerId(server), 1 << 20);
            balance.Finished(new ServerId(server), 1 << 20, TimeSpan.FromMilliseconds(ms), RequestEnd.Answered);
        }
    }

    private static ReplicaLocation Replica(uint server) => new(new ServerId(server), new DataEndpoint("h", (int)server));
}
