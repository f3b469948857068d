// Five client processes append records to one file under the classroom profile, with 8,192-byte chunks.

using AkkaDfs.MultiNode.Cluster;
using AkkaDfs.Testing.History;
using AkkaDfs.Testing.Nodes;
using Xunit;

namespace AkkaDfs.MultiNode;

public sealed class AppendSpec
{
    private const int Clients = 5;
    private const int RecordsPerClient = 2000;
    private const int Seed = 20_000;

    [Fact]
    public async Task S1_24_Five_clients_append_to_one_file_on_seven_servers_and_every_record_is_there_once_in_order_on_all_replicas()
    {
        await using var cluster = await ProcessCluster.StartAsync(7, "--profile", "classroom");
        await using var dfs = cluster.Connect();
        await (await dfs.CreateAsync("/log")).DisposeAsync();

        var workers = Enumerable.Range(1, Clients)
            .Select(c => AppendRun.StartWorker(cluster, "/log", c, RecordsPerClient, Seed, window: 8))
            .ToList();
        try
        {
            foreach (var worker in workers)
            {
                Assert.True(await worker.WaitForExitAsync() == 0, worker.Output);
            }
        }
        finally
        {
            foreach (var worker in workers)
            {
                await worker.DisposeAsync();
            }
        }

        var history = await AppendRun.CollectAsync(cluster, dfs, "/log", Clients);
        Assert.Equal(Clients * RecordsPerClient, history.Operations.Count(a => a.Outcome == Outcome.Acknowledged));
        Assert.Empty(HistoryChecker.Check(history));
        Assert.All(history.Replicas, replicas => Assert.Equal(3, replicas.Count));
        Assert.All(history.Replicas.SkipLast(1), replicas => Assert.All(replicas, bytes => Assert.Equal(8192, bytes.Length)));
    }
}
