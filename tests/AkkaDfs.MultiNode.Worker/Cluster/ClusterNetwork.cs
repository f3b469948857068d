// A network for one cluster: a namespace with one interface per node, joined by a bridge that also has an address on the
// machine itself, where clients run. Cuts are made by nftables in the receiver's namespace: what a node sends is dropped where
// it would arrive, so a cut can have one direction. Needs root, ip and nft.

using System.Runtime.InteropServices;

namespace AkkaDfs.MultiNode.Cluster;

internal sealed partial class ClusterNetwork : IAsyncDisposable
{
    // Names of interfaces have at most 15 characters.
    private readonly string _id = $"{Environment.ProcessId % 0xFFFF:x4}{Interlocked.Increment(ref _made) % 16:x1}";
    private readonly int _subnet = (Environment.ProcessId * 16 + _made) % 200;
    private readonly List<string> _nodes = [];
    private static int _made;

    private string Bridge => $"dfs{_id}";

    /// <summary>The machine itself, as the nodes see it.</summary>
    internal string ClientAddress => $"10.213.{_subnet}.254";

    /// <summary>Null when networks can be made here, else why not.</summary>
    internal static async Task<string?> WhyNotAsync()
    {
        if (!OperatingSystem.IsLinux() || GetEffectiveUserId() != 0)
        {
            return "network namespaces need root on Linux";
        }

        foreach (var (tool, argument) in new[] { ("ip", "-V"), ("nft", "-v") })
        {
            var (code, output) = await Tool.TryAsync(tool, argument);
            if (code != 0)
            {
                return $"{tool} does not run: {output}";
            }
        }

        var probe = $"dfsprobe{Environment.ProcessId}";
        var (made, why) = await Tool.TryAsync("ip", "netns", "add", probe);
        if (made == 0)
        {
            (made, why) = await Tool.TryAsync("ip", "netns", "exec", probe, "nft", "add", "table", "inet", "probe");
            await Tool.RunAsync("ip", "netns", "del", probe);
        }

        return made == 0 ? null : $"network namespaces do not work here: {why}";
    }

    internal async Task AddAsync(IEnumerable<string> nodes)
    {
        await Tool.RunAsync("ip", "link", "add", Bridge, "type", "bridge");
        await Tool.RunAsync("ip", "addr", "add", $"{ClientAddress}/24", "dev", Bridge);
        await Tool.RunAsync("ip", "link", "set", Bridge, "up");
        foreach (var node in nodes)
        {
            _nodes.Add(node);
            var (space, inside, outside) = (SpaceOf(node), $"in{_id}n{_nodes.Count}", $"ex{_id}n{_nodes.Count}");
            await Tool.RunAsync("ip", "netns", "add", space);
            await Tool.RunAsync("ip", "link", "add", outside, "type", "veth", "peer", "name", inside);
            await Tool.RunAsync("ip", "link", "set", inside, "netns", space);
            await Tool.RunAsync("ip", "link", "set", outside, "master", Bridge, "up");
            await Tool.RunAsync("ip", "-n", space, "addr", "add", $"{AddressOf(node)}/24", "dev", inside);
            await Tool.RunAsync("ip", "-n", space, "link", "set", inside, "up");
            await Tool.RunAsync("ip", "-n", space, "link", "set", "lo", "up");
            await InAsync(node, "nft", "add table inet cut; add set inet cut senders { type ipv4_addr; }; "
                + "add chain inet cut arrivals { type filter hook input priority 0; }; add rule inet cut arrivals ip saddr @senders drop");
        }
    }

    internal string AddressOf(string node) => $"10.213.{_subnet}.{_nodes.IndexOf(node) + 1}";

    /// <summary>What to put before a command so that it runs at a node's place.</summary>
    internal string[] Enter(string node) => ["ip", "netns", "exec", SpaceOf(node)];

    /// <summary>From now on nothing that <paramref name="sender"/> (an address) sends arrives at a node.</summary>
    internal Task CutAsync(string sender, string receiver)
        => InAsync(receiver, "nft", $"add element inet cut senders {{ {sender} }}");

    /// <summary>All cuts of a node end, whoever is at the other end.</summary>
    internal async Task HealAsync(string node, IEnumerable<string> others)
    {
        await InAsync(node, "nft", "flush set inet cut senders");
        foreach (var other in others.Where(o => o != node))
        {
            // Not there when that direction was open: nothing to do then.
            await Tool.TryAsync("ip", "netns", "exec", SpaceOf(other), "nft", $"delete element inet cut senders {{ {AddressOf(node)} }}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes)
        {
            await Tool.TryAsync("ip", "netns", "del", SpaceOf(node));
        }

        await Tool.TryAsync("ip", "link", "del", Bridge);
    }

    private string SpaceOf(string node) => $"dfs{_id}-{node}";

    private Task InAsync(string node, string program, string argument)
        => Tool.RunAsync("ip", "netns", "exec", SpaceOf(node), program, argument);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint GetEffectiveUserId();
}
