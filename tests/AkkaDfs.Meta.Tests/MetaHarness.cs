// Drives a MetaState by hand: time stands still until a test moves it, and the journal is a list.

using AkkaDfs.Meta.Core;
using AkkaDfs.Meta.Journal;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Meta.Tests;

/// <summary>A state machine, its journal and its clock.</summary>
internal sealed class MetaHarness
{
    private ulong _counter;

    internal MetaHarness(MetaPolicy? policy = null, ulong seed = 1, IEnumerable<MetaEvent>? journal = null, Epoch? epoch = null, long nowMs = 1_000)
    {
        NowMs = nowMs;
        Policy = policy ?? new MetaPolicy { DefaultLayout = new FileLayout(1024, 3, PlacementPolicy.LeastLoaded, AckPolicy.All, ReplicaDownPolicy.Replace) };
        State = new MetaState(Policy, seed, "127.0.0.1:5011");
        Journal = [.. journal ?? [new ClusterFormed(ClusterId, UnixNs)], new EpochStarted(epoch ?? new Epoch(1), UnixNs)];
        Journal.ForEach(State.Replay);
        Signal(new Started());
    }

    internal static Guid ClusterId { get; } = Guid.Parse("c0ffee00-0000-0000-0000-000000000001");

    internal MetaPolicy Policy { get; }

    internal MetaState State { get; }

    /// <summary>Every event so far.</summary>
    internal List<MetaEvent> Journal { get; }

    /// <summary>Effects since the test last took them.</summary>
    internal List<MetaEffect> Effects { get; } = [];

    internal long NowMs { get; set; }

    internal Guid Client { get; } = Guid.Parse("00000000-0000-0000-0000-0000000000c1");

    internal long UnixNs => NowMs * 1_000_000;

    private MetaTime Now => new(NowMs, UnixNs);

    internal MetaProtocol.Reply Ask(MetaProtocol.Request request) => (MetaProtocol.Reply)Take(State.Apply(request, Now))!;

    /// <summary>True when a request was put aside; false when it was carried out.</summary>
    internal bool MustWait(MetaProtocol.Request request)
    {
        var turn = State.Apply(request, Now);
        Take(turn);
        return turn.MustWait;
    }

    /// <summary>The same for what a chunk server says.</summary>
    internal bool MustWait(ServerProtocol.ToMeta message)
    {
        var turn = State.Apply(message, Now);
        Take(turn);
        return turn.MustWait;
    }

    internal T Ask<T>(MetaProtocol.Request request)
        where T : MetaProtocol.Reply
        => Ask(request) switch
        {
            T reply => reply,
            MetaProtocol.Failed failed => throw new InvalidOperationException($"{request} failed: {failed.Error}"),
            var other => throw new InvalidOperationException($"{request} gave {other}"),
        };

    internal DfsErrorCode CodeOf(MetaProtocol.Request request)
        => Ask(request) is MetaProtocol.Failed failed ? failed.Error.Code : DfsErrorCode.None;

    internal ServerProtocol.ToServer? Tell(ServerProtocol.ToMeta message) => (ServerProtocol.ToServer?)Take(State.Apply(message, Now));

    internal void Signal(MetaSignal signal) => Take(State.Apply(signal, Now));

    /// <summary>Lets time pass in steps of 100 ms with a tick each.</summary>
    internal void Pass(long ms)
    {
        for (var end = NowMs + ms; NowMs < end;)
        {
            NowMs += Math.Min(100, end - NowMs);
            Signal(new Tick());
        }
    }

    internal List<MetaEffect> TakeEffects()
    {
        var taken = Effects.ToList();
        Effects.Clear();
        return taken;
    }

    internal IReadOnlyList<T> TakeOrders<T>(ServerId? server = null)
        where T : ServerProtocol.ToServer
        => [.. TakeEffects().OfType<SendOrder>().Where(o => server is null || o.Server == server).Select(o => o.Order).OfType<T>()];

    internal OperationId NextOperation() => new(Client, ++_counter);

    internal MetaProtocol.FileOpened Create(string path, FileLayout? layout = null, bool allocate = false, MetaProtocol.Disposition disposition = MetaProtocol.Disposition.CreateNew, string holder = "")
        => Ask<MetaProtocol.FileOpened>(new MetaProtocol.CreateFile(PathRef.Absolute(path), disposition, layout ?? FileLayout.Default, MakeParents: true, AllocateFirst: allocate)
        {
            Operation = NextOperation(), Holder = holder,
        });

    internal FileStatus MakeDirectory(string path)
        => Ask<MetaProtocol.StatusReply>(new MetaProtocol.MakeDirectory(PathRef.Absolute(path), MakeParents: true) { Operation = NextOperation() }).Status;

    internal FileStatus Status(string path) => Ask<MetaProtocol.StatusReply>(new MetaProtocol.GetStatus(PathRef.Absolute(path))).Status;

    internal IReadOnlyList<string> List(string path)
        => [.. Ask<MetaProtocol.DirectoryPage>(new MetaProtocol.ListDirectory(PathRef.Absolute(path), string.Empty, 4096)).Entries.Select(e => e.Name)];

    internal ChunkLocation Chunk(string path, int index = 0)
        => Ask<MetaProtocol.ChunksReply>(new MetaProtocol.GetChunks(PathRef.Absolute(path), index, 1)).Chunks[0];

    internal ClusterStatus Cluster() => Ask<MetaProtocol.ClusterReply>(new MetaProtocol.GetCluster()).Status;

    /// <summary>The durable state as bytes; two states are equal when these are.</summary>
    internal static byte[] Image(DurableState state)
    {
        var writer = new EventWriter();
        writer.Reset(0);
        foreach (var image in state.Images())
        {
            MetaEventCodec.Write(writer, image);
        }

        return writer.Written.ToArray();
    }

    /// <summary>The state that a journal gives.</summary>
    internal static DurableState Replayed(IEnumerable<MetaEvent> journal)
    {
        var state = new DurableState();
        foreach (var change in journal)
        {
            state.Apply(change, null);
        }

        return state;
    }

    private object? Take(MetaTurn turn)
    {
        Journal.AddRange(turn.Events);
        Effects.AddRange(turn.Effects);
        return turn.Reply;
    }
}
