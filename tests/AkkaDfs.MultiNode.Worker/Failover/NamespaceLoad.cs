// Clients that change and read names all the time, and know what they were told. Each lane has a directory of its own, so it
// knows its content whatever others do: a name that was acknowledged and is not there, or is there twice removed, shows at once.
// Lanes also look for what other lanes were acknowledged: an answer from an old state shows, whoever gives it.

using System.Collections.Concurrent;
using System.Diagnostics;
using AkkaDfs.Client;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.MultiNode.Failover;

/// <summary>Mixed operations on names by several clients.</summary>
internal sealed class NamespaceLoad : IAsyncDisposable
{
    private static readonly CallOptions s_patient = new() { Timeout = TimeSpan.FromMinutes(2) };

    private readonly List<DfsClient> _clients;
    private readonly List<Lane> _lanes;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<string> _violations = new();
    private readonly ConcurrentQueue<long> _completions = new();
    private readonly Func<int> _pauseMs;
    private List<Task> _running = [];
    private long _acknowledged;
    private long _unknown;

    internal NamespaceLoad(Func<DfsClient> connect, int clients, int lanesPerClient, int seed, Func<int> pauseMs)
    {
        _pauseMs = pauseMs;
        _clients = [.. Enumerable.Range(0, clients).Select(_ => connect())];
        _lanes = [.. Enumerable.Range(0, clients * lanesPerClient).Select(i => new Lane($"/lane-{i}", _clients[i % clients], new Random(seed + i)))];
    }

    internal IReadOnlyCollection<string> Violations => _violations;

    /// <summary>Changes that were acknowledged.</summary>
    internal long Acknowledged => Interlocked.Read(ref _acknowledged);

    /// <summary>Changes whose outcome stayed unknown to their client.</summary>
    internal long Unknown => Interlocked.Read(ref _unknown);

    internal async Task StartAsync()
    {
        foreach (var lane in _lanes)
        {
            await lane.Client.MakeDirectoryAsync(lane.Root, options: s_patient);
        }

        _running = [.. _lanes.Select(l => Task.Run(() => RunAsync(l)))];
    }

    /// <summary>Waits until that many more changes are acknowledged.</summary>
    internal async Task WaitForProgressAsync(int changes, TimeSpan atMost)
    {
        var goal = Acknowledged + changes;
        var limit = Stopwatch.GetTimestamp() + (long)(atMost.TotalSeconds * Stopwatch.Frequency);
        using var look = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (Acknowledged < goal)
        {
            if (Stopwatch.GetTimestamp() > limit)
            {
                throw new TimeoutException($"only {Acknowledged - goal + changes} of {changes} changes were acknowledged within {atMost}");
            }

            await look.WaitForNextTickAsync();
        }
    }

    /// <summary>Longest time without any acknowledged change that ended after a moment.</summary>
    internal TimeSpan LongestSilenceSince(long timestamp)
    {
        var (longest, last) = (0L, timestamp);
        foreach (var at in _completions.Where(c => c > timestamp).Order())
        {
            longest = Math.Max(longest, at - last);
            last = at;
        }

        return Stopwatch.GetElapsedTime(0, longest);
    }

    /// <summary>Ends all lanes, and compares what is there with what was acknowledged.</summary>
    internal async Task FinishAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_running);
        foreach (var lane in _lanes)
        {
            var there = new HashSet<string>(StringComparer.Ordinal);
            await foreach (var entry in lane.Client.ListAsync(lane.Root, options: s_patient))
            {
                there.Add(entry.Name);
            }

            foreach (var name in lane.Expected.Where(n => !there.Contains(n)))
            {
                _violations.Enqueue($"{lane.Root}/{name} was acknowledged and is lost");
            }

            foreach (var name in there.Where(n => !lane.Expected.Contains(n) && !lane.Doubtful.Contains(n)))
            {
                _violations.Enqueue($"{lane.Root}/{name} is there, but it was acknowledged that it went, or nobody made it");
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_running);
        foreach (var client in _clients)
        {
            await client.DisposeAsync();
        }

        _stop.Dispose();
    }

    private async Task RunAsync(Lane lane)
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await StepAsync(lane);
                if (_pauseMs() is > 0 and var pause)
                {
                    await Task.Delay(pause, _stop.Token);
                }
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (Exception e)
            {
                _violations.Enqueue($"{lane.Root}: {e}");
                return;
            }
        }
    }

    private async Task StepAsync(Lane lane)
    {
        var number = lane.Next++;
        var removable = lane.Expected.Count(n => n[0] != 'k') > 0 ? lane.Expected.First(n => n[0] != 'k') : null;
        switch (lane.Random.Next(6))
        {
            case 0:
                await ChangeAsync(lane, [], $"k{number}", o => lane.Client.MakeDirectoryAsync($"{lane.Root}/k{number}", options: o));
                lane.Board = lane.Expected.Contains($"k{number}") ? $"k{number}" : lane.Board;
                break;
            case 1 or 2:
                await ChangeAsync(lane, [], $"d{number}", o => lane.Client.MakeDirectoryAsync($"{lane.Root}/d{number}", options: o));
                break;
            case 3 when removable is not null:
                await ChangeAsync(lane, [removable], $"m{number}", o => lane.Client.RenameAsync($"{lane.Root}/{removable}", $"{lane.Root}/m{number}", options: o));
                break;
            case 4 when removable is not null:
                await ChangeAsync(lane, [removable], null, o => lane.Client.RemoveAsync($"{lane.Root}/{removable}", options: o));
                break;
            default:
                await LookAsync(lane);
                break;
        }
    }

    private async Task ChangeAsync(Lane lane, string[] gone, string? made, Func<CallOptions, Task> change)
    {
        lane.Expected.ExceptWith(gone);
        try
        {
            await change(s_patient);
            _completions.Enqueue(Stopwatch.GetTimestamp());
            Interlocked.Increment(ref _acknowledged);
            lane.Expected.UnionWith(made is null ? [] : [made]);
        }
        catch (DfsException e) when (e.Code is DfsErrorCode.OutcomeUnknown or DfsErrorCode.NoMetaAvailable or DfsErrorCode.Timeout)
        {
            Interlocked.Increment(ref _unknown);
            lane.Doubtful.UnionWith(made is null ? gone : [.. gone, made]);
        }
        catch (DfsException e)
        {
            // Names are used once: "exists already" or "not found" means that something was done twice, or undone.
            _violations.Enqueue($"{lane.Root}: {string.Join(' ', gone)} -> {made}: {e.Error}");
            lane.Doubtful.UnionWith(made is null ? gone : [.. gone, made]);
        }
    }

    private async Task LookAsync(Lane lane)
    {
        var other = _lanes[lane.Random.Next(_lanes.Count)];
        if (other.Board is { } kept)
        {
            try
            {
                await lane.Client.StatAsync($"{other.Root}/{kept}", s_patient);
            }
            catch (DfsException e) when (e.Code == DfsErrorCode.FileNotFound)
            {
                _violations.Enqueue($"{lane.Root} does not see {other.Root}/{kept}, which was acknowledged before it looked");
            }
            catch (DfsException e) when (e.Code is DfsErrorCode.NoMetaAvailable or DfsErrorCode.Timeout)
            {
                // No answer at all for minutes: the outage is measured by the changes.
                Interlocked.Increment(ref _unknown);
            }
        }
    }

    private sealed class Lane(string root, DfsClient client, Random random)
    {
        private string? _board;

        internal string Root => root;

        internal DfsClient Client => client;

        internal Random Random => random;

        internal int Next { get; set; }

        /// <summary>Names that must be there.</summary>
        internal HashSet<string> Expected { get; } = new(StringComparer.Ordinal);

        /// <summary>Names of which nobody knows.</summary>
        internal HashSet<string> Doubtful { get; } = new(StringComparer.Ordinal);

        /// <summary>A name that was acknowledged and never goes again.</summary>
        internal string? Board
        {
            get => Volatile.Read(ref _board);
            set => Volatile.Write(ref _board, value);
        }
    }
}
