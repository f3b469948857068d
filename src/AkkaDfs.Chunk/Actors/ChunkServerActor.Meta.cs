// Registration, reports and heartbeats.

using Akka.Actor;
using Akka.Event;
using AkkaDfs.Chunk.Core;
using AkkaDfs.Chunk.DataPlane;
using AkkaDfs.Chunk.Storage;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Chunk.Actors;

internal sealed partial class ChunkServerActor
{
    private const int MaxRememberedBeats = 64;
    private static readonly TimeSpan s_registerAgain = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_stoppingBeat = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan s_refusedAgain = TimeSpan.FromSeconds(10);

    private readonly ChunkReport _report = new();
    private readonly SortedDictionary<long, long> _beats = [];
    private IEnumerator<ReplicaInfo>? _pages;
    private int _page;
    private long _beat;
    private bool _isRegistered;

    private void ReceiveMeta()
    {
        Receive<ServerProtocol.Registered>(OnRegistered);
        Receive<ServerProtocol.RegistrationRefused>(OnRefused);
        Receive<ServerProtocol.HeartbeatAck>(OnHeartbeatAck);
        Receive<Stamped>(OnStamped);
        Receive<RegisterTick>(_ => Register());
        Receive<HeartbeatTick>(_ => Heartbeat());
        Receive<PageTick>(_ => SendPage());
    }

    private void Register()
    {
        _isRegistered = false;
        Timers.Cancel(HeartbeatTick.Instance);
        _setup.Meta.Tell(new ServerProtocol.Register(
            Store.Server,
            Store.ClusterId,
            _setup.Incarnation,
            _setup.ControlAddress,
            _setup.Data.Endpoint,
            [.. Store.Folders.Select(f => f.Path)],
            Store.CapacityBytes,
            Store.FreeBytes));
        Timers.StartSingleTimer(RegisterTick.Instance, RegisterTick.Instance, s_registerAgain);
    }

    private void OnRefused(ServerProtocol.RegistrationRefused refused)
    {
        if (!_environment.Epochs.Admit(refused.Epoch))
        {
            return;
        }

        _log.Error("Meta refuses this chunk server: {0}", refused.Error);
        _environment.Serving.Revoke();
        _isRegistered = false;
        Timers.Cancel(HeartbeatTick.Instance);
        Timers.StartSingleTimer(RegisterTick.Instance, RegisterTick.Instance, s_refusedAgain);
    }

    private void OnRegistered(ServerProtocol.Registered registered)
    {
        if (!_environment.Epochs.Admit(registered.Epoch) || _isRegistered)
        {
            return;
        }

        Timers.Cancel(RegisterTick.Instance);
        var store = Store;
        _ = _environment.Disk.RunAsync(() => store.Stamp(registered.ClusterId, registered.Server)).PipeTo(
            Self,
            success: error => new Stamped(registered, error),
            failure: e => new Stamped(registered, new DfsError(DfsErrorCode.DiskError, $"The data folders cannot be stamped: {e.Message}")));
    }

    private void OnStamped(Stamped stamped)
    {
        if (stamped.Error is { } error)
        {
            _log.Error("The data folders cannot be stamped for server {0}: {1}", stamped.Registered.Server, error);
            Timers.StartSingleTimer(RegisterTick.Instance, RegisterTick.Instance, s_refusedAgain);
            return;
        }

        _isRegistered = true;
        _environment.Fresh.Registered(stamped.Registered.NextChunk);
        _setup.Data.Identity = new ServerIdentity(stamped.Registered.ClusterId, stamped.Registered.Server);
        _log.Info("Registered as chunk server {0} of cluster {1:N}", stamped.Registered.Server, stamped.Registered.ClusterId);
        var interval = TimeSpan.FromMilliseconds(Math.Max(10, stamped.Registered.HeartbeatMs));
        Timers.StartPeriodicTimer(HeartbeatTick.Instance, HeartbeatTick.Instance, interval);
        BeginReport();
    }

    private void BeginReport()
    {
        if (_isRegistered)
        {
            _report.BeginFull();
            _pages?.Dispose();
            _pages = Store.List().GetEnumerator();
            _page = 0;
            SendPage();
        }
    }

    // One page at a time, so that a large report holds up nothing else.
    private void SendPage()
    {
        if (_pages is not { } replicas)
        {
            return;
        }

        var page = new List<ServerProtocol.ReplicaReport>();
        var more = true;
        while (page.Count < ServerProtocol.MaxReportEntries && (more = replicas.MoveNext()))
        {
            page.Add(replicas.Current.ToReport(_open.Contains(replicas.Current.Chunk)));
        }

        _report.Told(page);
        _setup.Meta.Tell(new ServerProtocol.ReportPage(_setup.Data.Identity.Server, _setup.Incarnation, _page++, !more, page));
        if (more)
        {
            Self.Tell(PageTick.Instance);
            return;
        }

        replicas.Dispose();
        _pages = null;
        Heartbeat();
    }

    private void Heartbeat()
    {
        if (!_isRegistered)
        {
            return;
        }

        var store = Store;
        _environment.Disk.Enqueue(new CheckJob(store));
        var delta = _report.Take(++_beat, ServerProtocol.MaxReportEntries, Find);
        _beats[_beat] = _environment.Time.GetTimestamp();
        while (_beats.Count > MaxRememberedBeats)
        {
            _beats.Remove(_beats.Keys.First());
        }

        _setup.Meta.Tell(new ServerProtocol.Heartbeat(
            _setup.Data.Identity.Server,
            _setup.Incarnation,
            _beat,
            delta.Changed,
            delta.Removed,
            delta.ReplicaCount,
            delta.Digest,
            store.UsedBytes,
            store.FreeBytes)
        {
            IsStopping = _drainAsker is not null, Scrub = StatusOf(_environment.Scrub()),
        });
    }

    private static ScrubStatus StatusOf(ScrubProgress p) => new(
        p.PassStartedMs, p.PassBytes, p.PassBadBlocks, p.LastPassStartedMs, p.LastPassEndedMs, p.LastPassBadBlocks, p.Passes);

    private void OnHeartbeatAck(ServerProtocol.HeartbeatAck ack)
    {
        if (!_environment.Epochs.Admit(ack.Epoch))
        {
            return;
        }

        if (ack.MustRegister)
        {
            if (_isRegistered)
            {
                Register();
            }

            return;
        }

        if (_beats.Remove(ack.Number, out var sentAt) && ack.ServeMs > 0)
        {
            _environment.Serving.Extend(sentAt, ack.ServeMs);
        }

        _report.Answered(ack.Number);
        if (ack.WantFullReport && _pages is null)
        {
            BeginReport();
        }
        else if (_report.MarkedCount >= ServerProtocol.MaxReportEntries)
        {
            // More than one heartbeat can carry: the next follows at once.
            Heartbeat();
        }
    }

    private ServerProtocol.ReplicaReport? Find(ChunkId chunk)
    {
        if (Store.TryGet(chunk, out var info))
        {
            return info.ToReport(_open.Contains(chunk));
        }

        return null;
    }

    private sealed class CheckJob(IChunkStore store) : DiskJob
    {
        public override void Run() => store.CheckFolders();

        public override void Fail(Exception exception)
        {
            // The worker's supervisor has it in the log; the next heartbeat looks again.
        }
    }

    private sealed class RegisterTick
    {
        public static readonly RegisterTick Instance = new();
    }

    private sealed class HeartbeatTick
    {
        public static readonly HeartbeatTick Instance = new();
    }

    private sealed class PageTick
    {
        public static readonly PageTick Instance = new();
    }

    private sealed record Stamped(ServerProtocol.Registered Registered, DfsError? Error);
}
