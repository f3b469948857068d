// What all clients of a run did and saw, by file, for the history checker.

using AkkaDfs.Testing.History;

namespace AkkaDfs.Simulation.Workload;

/// <summary>Histories under way.</summary>
internal sealed class WorkloadLog(SimulatedCluster cluster)
{
    private readonly SortedDictionary<string, List<ClientOperation>> _files = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, long> _outcomes = new(StringComparer.Ordinal);
    private readonly Dictionary<uint, uint> _counters = [];

    public IReadOnlyDictionary<string, List<ClientOperation>> Files => _files;

    /// <summary>Operations by kind and outcome.</summary>
    public IReadOnlyDictionary<string, long> Outcomes => _outcomes;

    /// <summary>The clock of all histories.</summary>
    public long Now => cluster.Now.Ticks;

    public uint Next(uint client) => _counters[client] = _counters.GetValueOrDefault(client) + 1;

    /// <summary>Notes that an operation begins; the place is where its end belongs.</summary>
    public int Begin(string file, ClientOperation operation)
    {
        if (!_files.TryGetValue(file, out var list))
        {
            _files.Add(file, list = []);
        }

        list.Add(operation);
        cluster.Trace.Note("begin", file, operation.Kind.ToString(), operation.Client.ToString(System.Globalization.CultureInfo.InvariantCulture), operation.Counter);
        return list.Count - 1;
    }

    public void End(string file, int place, ClientOperation operation)
    {
        _files[file][place] = operation;
        Count($"{operation.Kind} {operation.Outcome}");
        cluster.Trace.Note("end", file, operation.Outcome.ToString(), operation.Client.ToString(System.Globalization.CultureInfo.InvariantCulture), operation.Counter);
        if (operation.Outcome != Outcome.Acknowledged)
        {
            cluster.Trace.Say($"{operation}: {operation.Error}");
        }
    }

    public void Count(string what) => _outcomes[what] = _outcomes.GetValueOrDefault(what) + 1;
}
