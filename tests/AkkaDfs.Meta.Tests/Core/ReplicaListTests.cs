using AkkaDfs.Meta.Core;
using AkkaDfs.Shared;
using Xunit;

namespace AkkaDfs.Meta.Tests.Core;

public sealed class ReplicaListTests
{
    [Fact]
    public void Packs_and_unpacks_every_field()
    {
        var replica = new Replica(new ServerId(65_535), new Generation(uint.MaxValue), 255, 15, ReplicaMarks.InChain | ReplicaMarks.Damaged | ReplicaMarks.Doubted | ReplicaMarks.Retired);
        Assert.Equal(replica, Replica.Unpack(replica.Pack()));
    }

    [Fact]
    public void Keeps_one_replica_per_server_members_first_in_chain_order()
        => Seeds.ForEach(50, random =>
        {
            var list = default(ReplicaList);
            var twin = new Dictionary<uint, Replica>();
            for (var step = 0; step < 200; step++)
            {
                var server = (uint)random.Next(1, 20);
                if (random.Next(4) == 0 && twin.Remove(server))
                {
                    list.RemoveAt(list.IndexOf(new ServerId(server)));
                }
                else
                {
                    twin[server] = new Replica(
                        new ServerId(server),
                        new Generation((uint)random.Next(5)),
                        (byte)random.Next(4),
                        (byte)random.Next(16),
                        random.Next(2) == 0 ? ReplicaMarks.InChain : ReplicaMarks.None);
                    list.Put(twin[server]);
                }

                var all = Enumerable.Range(0, list.Count).Select(i => list[i]).ToList();
                Assert.Equal(twin.Values.OrderBy(r => r.Server.Value), all.OrderBy(r => r.Server.Value));
                var order = all.Select(r => r.InChain ? r.Position : 16).ToList();
                Assert.Equal(order.Order(), order);
            }
        });
}
