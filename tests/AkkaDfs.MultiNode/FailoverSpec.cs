// Meta nodes that stand by, real processes and a real PostgreSQL, under load. Many more faults, and how long clients wait, with
// dotnet run --project tests/AkkaDfs.MultiNode.Worker -- failover --seed N --kills 50

using AkkaDfs.MultiNode.Cluster;
using AkkaDfs.MultiNode.Failover;
using AkkaDfs.Testing.Postgres;
using Xunit;
using Xunit.Abstractions;

namespace AkkaDfs.MultiNode;

public sealed class FailoverSpec(ITestOutputHelper output)
{
    // More patient than the profile: here, many processes share few cores with other tests.
    private static readonly string[] s_patient = ["-D", "akka.cluster.failure-detector.acceptable-heartbeat-pause=4s"];

    [PostgresFact]
    public async Task S5_01_S5_09_The_acting_meta_is_killed_paused_and_stopped_and_clients_carry_on()
    {
        // The pause ends when the other meta has acknowledged changes: then the one that was paused still thinks that it acts.
        var report = await FailoverRun.RunAsync(
            new FailoverOptions(Seed: 5, Faults: 4, Clients: 3, LanesPerClient: 3, ChunkServers: 2)
            {
                Kinds = ["kill", "pause", "leave"], InTurn = true, Pause = TimeSpan.Zero, NodeOptions = s_patient,
            },
            output.WriteLine);
        output.WriteLine(report.ToString());
        Assert.Empty(report.Violations);
        Assert.Equal(0, report.Unknown);
    }

    [PostgresFact]
    public async Task S5_09_The_database_crashes_and_comes_back_and_clients_see_a_delay()
        => await UnderLoadAsync(null, [], async failover =>
        {
            await failover.Postgres.StopAsync(isCrash: true);
            await failover.Postgres.StartAsync();
        });

    [NetworkFact]
    public async Task S5_09_The_acting_meta_is_cut_off_from_the_database_and_the_other_one_takes_over()
        => await UnderLoadAsync(
            new ClusterNetwork(),
            ["-D", "dfs.node.meta.journal-postgres.retry-for=2s", "-D", "dfs.node.meta.journal-postgres.statement-timeout=1s"],
            async failover =>
            {
                var network = failover.Cluster.Plan.Network!;
                var (acting, epoch) = (await failover.ActingAsync(), (await failover.WaitForStandbyAsync()).Epoch);
                await network.CutAsync(network.ClientAddress, acting.Name);
                await ProcessCluster.WaitAsync(failover.Dfs, s => s.Epoch.Value > epoch.Value && s.MetaAddress != acting.Address, seconds: 180);
                await network.HealAsync(acting.Name, []);
            });

    [NetworkFact]
    public async Task S5_09_The_acting_meta_is_cut_off_from_all_other_nodes_and_the_other_one_takes_over()
        => await UnderLoadAsync(new ClusterNetwork(), [], async failover =>
        {
            var network = failover.Cluster.Plan.Network!;
            var (acting, epoch) = (await failover.ActingAsync(), (await failover.WaitForStandbyAsync()).Epoch);
            var others = failover.Cluster.Nodes.Where(n => n != acting).Select(n => n.Name).ToList();
            foreach (var other in others)
            {
                await network.CutAsync(network.AddressOf(acting.Name), other);
                await network.CutAsync(network.AddressOf(other), acting.Name);
            }

            await ProcessCluster.WaitAsync(failover.Dfs, s => s.Epoch.Value > epoch.Value && s.MetaAddress != acting.Address, seconds: 180);
            await network.HealAsync(acting.Name, others);
        });

    [PostgresFact]
    public async Task S5_09_After_a_stop_of_everything_the_first_seed_may_be_gone_for_good()
        => await UnderLoadAsync(null, ["-D", "dfs.node.meta.lone-start-after=3s", "-D", "akka.cluster.seed-node-timeout=2s"], async failover =>
        {
            await failover.Cluster.KillAllAsync();
            await failover.Cluster.Metas[1].StartAsync();
            await Task.WhenAll(failover.Cluster.ChunkServers.Select(c => c.StartAsync()));
            await ProcessCluster.WaitAsync(failover.Dfs, s => s.MetaAddress == failover.Cluster.Metas[1].Address && !s.InSafeMode, seconds: 180);
            await failover.Cluster.Metas[0].StartAsync();
        });

    [Fact]
    public async Task S5_01_A_second_meta_with_a_log_in_files_is_told_that_it_cannot_stand_by()
    {
        await using var cluster = await ProcessCluster.StartAsync(0);
        await using var second = new MetaProcess(cluster, 1) { Options = ["--seed", cluster.Seed] };
        await second.StartAsync();
        Assert.Equal(1, await second.Process.WaitForExitAsync());
        Assert.Contains("cannot stand by", second.Process.Output, StringComparison.Ordinal);
        await using var dfs = cluster.Connect();
        Assert.Equal(cluster.Meta.Address, (await dfs.GetClusterAsync()).MetaAddress);
    }

    [Fact]
    public async Task S5_09_A_second_meta_on_the_same_folder_is_refused()
    {
        await using var cluster = await ProcessCluster.StartAsync(0);
        await using var second = new MetaProcess(cluster, 1) { Options = ["--data", cluster.Meta.DataFolder] };
        await second.StartAsync();
        await second.Process.WaitForLineAsync("is in use by another process", TimeSpan.FromMinutes(2));
    }

    private async Task UnderLoadAsync(ClusterNetwork? network, string[] options, Func<FailoverCluster, Task> harm)
    {
        await using var failover = await FailoverCluster.StartAsync(metaNodes: 2, chunkServers: 3, network, [.. s_patient, .. options]);
        await using var load = new NamespaceLoad(failover.Cluster.Connect, clients: 3, lanesPerClient: 3, seed: 3, () => 5);
        await load.StartAsync();
        await load.WaitForProgressAsync(100, TimeSpan.FromMinutes(2));
        await harm(failover);
        await load.WaitForProgressAsync(100, TimeSpan.FromMinutes(3));
        await failover.WaitForStandbyAsync();
        await load.FinishAsync();
        output.WriteLine($"{load.Acknowledged} changes acknowledged");
        Assert.Empty(load.Violations);
        Assert.Equal(0, load.Unknown);
        Assert.Empty(await failover.CheckEpochsAsync());
    }

    [AttributeUsage(AttributeTargets.Method)]
    private sealed class PostgresFactAttribute : FactAttribute
    {
        public PostgresFactAttribute() => Skip = PostgresServer.WhyNot;
    }

    [AttributeUsage(AttributeTargets.Method)]
    private sealed class NetworkFactAttribute : FactAttribute
    {
        private static readonly string? s_whyNot = PostgresServer.WhyNot ?? Task.Run(ClusterNetwork.WhyNotAsync).GetAwaiter().GetResult();

        public NetworkFactAttribute() => Skip = s_whyNot;
    }
}
