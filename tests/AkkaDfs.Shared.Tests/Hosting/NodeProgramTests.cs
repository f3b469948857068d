// A node that was removed from its cluster starts again by itself, where everybody looks for it.

using Akka.Actor;
using AkkaDfs.Shared.Hosting;
using Xunit;

namespace AkkaDfs.Shared.Tests.Hosting;

public sealed class NodeProgramTests
{
    [Fact]
    public async Task A_node_that_took_any_free_port_takes_the_same_one_when_it_starts_again()
    {
        var folder = Directory.CreateTempSubdirectory("dfs-node-").FullName;
        var ports = new List<int>();
        var ended = await NodeProgram.RunAsync(
            NodeRole.Meta,
            "a test",
            ["--hostname", "127.0.0.1", "--port", "0", "--data", folder],
            configuration =>
            {
                var system = NodeBootstrap.StartSystem(configuration);
                ports.Add(NodeBootstrap.PortOf(system));
                if (ports.Count == 3)
                {
                    system.Terminate().Wait(TimeSpan.FromSeconds(30));
                    throw new DfsException(DfsErrorCode.ShuttingDown, "enough");
                }

                // As after it was downed.
                _ = system.Terminate();
                return new RunningNode("test", system, new Nothing());
            });
        Directory.Delete(folder, recursive: true);
        Assert.Equal(1, ended);
        Assert.Equal(3, ports.Count);
        Assert.NotEqual(0, ports[0]);
        Assert.Single(ports.Distinct());
    }

    private sealed class Nothing : IAsyncDisposable
    {
        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
