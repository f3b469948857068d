// What faults work on, and what they tell.

using System.Collections.Concurrent;
using System.Diagnostics;
using AkkaDfs.Client;
using AkkaDfs.MultiNode.Cluster;

namespace AkkaDfs.MultiNode.Nemesis;

internal sealed class NemesisContext(ProcessCluster cluster, DfsClient dfs, NemesisOptions options, IReadOnlyList<string> files)
{
    private readonly ConcurrentQueue<string> _events = new();
    private readonly long _started = Stopwatch.GetTimestamp();

    internal ProcessCluster Cluster => cluster;

    internal DfsClient Dfs => dfs;

    internal NemesisOptions Options => options;

    internal IReadOnlyList<string> Files => files;

    /// <summary>Chunks whose damage may still sleep on some disk: not to be damaged again.</summary>
    internal HashSet<string> Touched { get; } = new(StringComparer.Ordinal);

    /// <summary>Nodes that a fault has to itself.</summary>
    internal HashSet<ClusterNode> Busy { get; } = [];

    internal IEnumerable<string> Events => _events;

    internal void Tell(string what)
    {
        var line = string.Create(
            System.Globalization.CultureInfo.InvariantCulture,
            $"{Stopwatch.GetElapsedTime(_started).TotalSeconds,8:0.000} {Stopwatch.GetTimestamp()} {what}");
        _events.Enqueue(line);
        Console.WriteLine(line);
    }
}
