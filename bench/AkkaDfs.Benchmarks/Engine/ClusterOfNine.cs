// From nine new actor systems in this process to a cluster in which each sees all nine up.

using Akka.Actor;
using Akka.Cluster;

namespace AkkaDfs.Benchmarks.Engine;

/// <summary>How fast a cluster forms.</summary>
internal static class ClusterOfNine
{
    private const int Nodes = 9;

    /// <summary>Seconds from the first join.</summary>
    public static async Task<EngineFigure> RunAsync(string name)
    {
        var systems = Enumerable.Range(0, Nodes).Select(_ => Systems.Start("nine", "cluster", Systems.NodeSettings)).ToList();
        var clusters = systems.Select(Cluster.Get).ToList();
        clusters.ForEach(cluster => cluster.JoinSeedNodes([Systems.AddressOf(systems[0])]));
        var seconds = await Systems.UntilAsync(() => Task.FromResult(clusters.All(cluster =>
            cluster.State.Members.Count == Nodes && cluster.State.Members.All(member => member.Status == MemberStatus.Up))));
        await Task.WhenAll(systems.Select(system => system.Terminate()));
        return new EngineFigure(name, "s", seconds, 0);
    }
}
