// Users' own code in the simulation, as docs/simulation.md shows it.

using System.Text;
using AkkaDfs.Client;
using Xunit;

namespace AkkaDfs.Simulation.Tests;

public sealed class SimulatedClusterTests
{
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(5);

    [Fact]
    public void Records_survive_the_death_of_a_server_and_of_meta()
    {
        var cluster = new SimulatedCluster(new SimulationOptions { Seed = 42, ChunkServers = 4 });
        cluster.Run(async (dfs, _) => await dfs.CreateAsync("/log"), s_limit);
        var patient = new CallOptions { Sync = true, Timeout = s_limit };
        var writing = cluster.StartClient(async (dfs, time) =>
        {
            for (var i = 0; i < 200; i++)
            {
                await dfs.RecordAppendAsync("/log", Encoding.UTF8.GetBytes($"record {i:000}\n"), patient);
                await Task.Delay(TimeSpan.FromMilliseconds(5), time);
            }

            return true;
        });
        cluster.RunFor(TimeSpan.FromMilliseconds(500));
        Assert.False(writing.IsCompleted);
        cluster.PowerOff("chunk2");
        cluster.Kill("meta");
        cluster.RunFor(TimeSpan.FromSeconds(2));
        Assert.False(cluster.IsUp("meta") || cluster.IsUp("chunk2"));
        cluster.Start("meta");
        Assert.True(cluster.RunUntil(() => writing.IsCompletedSuccessfully, s_limit));

        var text = cluster.Run(
            async (dfs, _) =>
            {
                var bytes = new byte[(await dfs.StatAsync("/log", patient)).LengthBytes];
                var got = await dfs.ReadAsync("/log", 0, bytes, patient);
                return Encoding.UTF8.GetString(bytes, 0, got);
            },
            s_limit);
        Assert.Equal(Enumerable.Range(0, 200).Select(i => $"record {i:000}"), text.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Empty(cluster.Crashes);
    }

    [Fact]
    public void Code_that_leaves_the_thread_is_told_so()
    {
        var cluster = new SimulatedCluster(new SimulationOptions { Seed = 1 });
        var error = Assert.Throws<InvalidOperationException>(() => cluster.Run(
            async (dfs, _) =>
            {
                await Task.Run(() => { }).ConfigureAwait(false);
                return await dfs.FindAsync("/");
            },
            s_limit));
        Assert.Contains("came from another thread", error.Message, StringComparison.Ordinal);
    }
}
