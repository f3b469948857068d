// Writes one client's history down as it happens: a line before each operation and a line after it, so that whatever kills the
// client, everything that may have happened is known. Thread-safe.

using System.Diagnostics;
using AkkaDfs.Testing.History;

namespace AkkaDfs.MultiNode.Workload;

internal sealed class HistoryLog(string path, uint client) : IAsyncDisposable
{
    private readonly StreamWriter _writer = new(path) { AutoFlush = true };
    private readonly Lock _gate = new();
    private uint _last;

    internal uint Client => client;

    /// <summary>The next operation's counter.</summary>
    internal uint Next() => Interlocked.Increment(ref _last);

    /// <summary>Ticks of the machine's monotonic clock, which all processes share.</summary>
    internal static long Now => Stopwatch.GetTimestamp();

    internal void Begin(string file, ClientOperation operation) => Write(HistoryJson.BeginLine(file, operation));

    internal void End(string file, ClientOperation operation) => Write(HistoryJson.EndLine(file, operation));

    public async ValueTask DisposeAsync() => await _writer.DisposeAsync();

    private void Write(string line)
    {
        lock (_gate)
        {
            _writer.WriteLine(line);
        }
    }
}
