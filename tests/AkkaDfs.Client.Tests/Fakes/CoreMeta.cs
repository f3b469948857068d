// Meta's real state machine behind a client's channel, without actors, servers or a disk: its journal is a list, and another meta can
// take over at any moment with nothing but that list.

using AkkaDfs.Meta.Core;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Client.Tests.Fakes;

internal sealed class CoreMeta : IMetaChannel
{
    private readonly Lock _gate = new();
    private readonly TimeProvider _time;
    private readonly MetaPolicy _policy;
    private readonly List<MetaEvent> _journal;
    private MetaState _state;
    private ulong _epoch = 1;

    public CoreMeta(TimeProvider time, MetaPolicy? policy = null)
    {
        _time = time;
        _policy = policy ?? new MetaPolicy();
        _journal = [new ClusterFormed(Guid.NewGuid(), 1), new EpochStarted(new Epoch(_epoch), 1)];
        _state = Begin();
    }

    public IReadOnlyList<string> Seeds => ["core:1"];

    /// <summary>True while nobody answers.</summary>
    public bool IsSilent { get; set; }

    public static DfsClient ClientOf(CoreMeta meta, TimeProvider time, DfsClientOptions? options = null)
        => new(meta, new FakeCluster().Data, (options ?? new DfsClientOptions { RandomSeed = 1 }) with { Caller = options?.Caller ?? Caller.Superuser, Umask = 0x12 }, time);

    public async Task<MetaProtocol.Reply?> AskAsync(MetaProtocol.Request request, TimeSpan timeout, CancellationToken cancellationToken)
    {
        if (!IsSilent)
        {
            return Answer(request);
        }

        await Task.Delay(timeout, _time, cancellationToken);
        return null;
    }

    /// <summary>Another meta acts from now on.</summary>
    public void TakeOver()
    {
        lock (_gate)
        {
            _journal.Add(new EpochStarted(new Epoch(++_epoch), 1));
            _state = Begin();
        }
    }

    /// <summary>Lets meta's clock catch up.</summary>
    public void Tick()
    {
        lock (_gate)
        {
            _journal.AddRange(_state.Apply(new Tick(), Now()).Events);
        }
    }

    public T Look<T>(Func<DurableState, T> look)
    {
        lock (_gate)
        {
            return look(_state.Durable);
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private MetaProtocol.Reply? Answer(MetaProtocol.Request request)
    {
        lock (_gate)
        {
            var turn = _state.Apply(request, Now());
            _journal.AddRange(turn.Events);
            return (MetaProtocol.Reply?)turn.Reply;
        }
    }

    private MetaState Begin()
    {
        var state = new MetaState(_policy, 1, "core:1");
        _journal.ForEach(state.Replay);
        _journal.AddRange(state.Apply(new Started(), Now()).Events);
        return state;
    }

    private MetaTime Now()
    {
        var now = _time.GetUtcNow();
        return new MetaTime(now.Ticks / TimeSpan.TicksPerMillisecond, (now - DateTimeOffset.UnixEpoch).Ticks * 100);
    }
}
