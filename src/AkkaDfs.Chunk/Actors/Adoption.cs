// The one procedure for every change of a chunk's replicas, as the new primary runs it (docs/decisions/003):
//
//   look at all members (from then on they refuse older generations)
//     └▶ take over the state of a member that is ahead, or keep the own; persist the new generation
//          └▶ bring every other member to this state
//               └▶ serve
//
// A member that cannot be reached holds the procedure up, is told to meta, and is tried again until meta orders another generation.
// Until every member is there nothing is served, so nothing that a reader has seen can be lost.

using Akka.Actor;
using AkkaDfs.Chunk.DataPlane;
using AkkaDfs.Chunk.Storage;
using AkkaDfs.Shared;
using AkkaDfs.Shared.DataPlane;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Chunk.Actors;

/// <summary>The new generation is durable here.</summary>
internal sealed record AdoptionPersisted(Adoption Adoption, bool TookOver);

/// <summary>A member does not come along.</summary>
internal sealed record AdoptionTrouble(Adoption Adoption, ServerId Suspect, DfsError Error);

/// <summary>The procedure has ended: every member is there, or it failed or was given up.</summary>
/// <param name="Adoption">The procedure.</param>
/// <param name="Error">Null on success.</param>
internal sealed record AdoptionEnded(Adoption Adoption, DfsError? Error);

/// <summary>One run of the procedure.</summary>
internal sealed class Adoption(ServerProtocol.AdoptGeneration order, ChunkEnvironment environment, IActorRef actor) : IDisposable
{
    private static readonly TimeSpan s_retryAfter = TimeSpan.FromMilliseconds(500);

    private readonly CancellationTokenSource _givenUp = new();
    private readonly ChainMember _self = environment.Self();
    private IReplicaFile? _file;
    private long _heardAt;

    /// <summary>What meta ordered.</summary>
    public ServerProtocol.AdoptGeneration Order => order;

    /// <summary>True once the new generation is durable here.</summary>
    public bool IsPersisted { get; private set; }

    private ReplicaRole Role => new(order.Generation, 0, (byte)order.Chain.Count);

    /// <summary>Gives the procedure up; it still says when it has ended.</summary>
    public void GiveUp() => _givenUp.Cancel();

    /// <summary>A member has fetched bytes: it comes along.</summary>
    public void Heard() => Volatile.Write(ref _heardAt, environment.Time.GetTimestamp());

    /// <inheritdoc/>
    public void Dispose() => _givenUp.Dispose();

    /// <summary>The replica as it is now; another one than at the start when a member's state was taken over.</summary>
    public IReplicaFile? File => _file;

    /// <summary>Runs the procedure; tells the actor each step.</summary>
    public async Task<AdoptionEnded> RunAsync(IReplicaFile? file)
    {
        _file = file;
        try
        {
            var error = await LookAsync();
            if (error is null)
            {
                IsPersisted = true;
                await JoinAllAsync();
            }

            return new AdoptionEnded(this, error);
        }
        catch (OperationCanceledException)
        {
            return new AdoptionEnded(this, new DfsError(DfsErrorCode.StaleGeneration, $"Generation {order.Generation} was given up for a newer one."));
        }
    }

    private async Task<DfsError?> LookAsync()
    {
        var others = Members();
        var states = await AllAsync(
            others,
            environment.Settings.ChainTimeout,
            (at, token) => environment.Peers.DescribeAsync(others[at], new ReplicaHead(order.Chunk, others[at].Server, order.Generation, order.Epoch), token));
        var own = _file?.Info;
        var best = -1;
        for (var i = 0; i < states.Length; i++)
        {
            var than = best >= 0 ? (states[best].Generation, states[best].Sequence) : (own?.Role.Generation ?? Generation.Any, own?.Sequence ?? 0);
            if (states[i].Found && IsAhead((states[i].Generation, states[i].Sequence), than))
            {
                best = i;
            }
        }

        return best >= 0 ? await TakeOverAsync(others[best], states[best]) : await KeepAsync();
    }

    private async Task<DfsError?> KeepAsync()
    {
        if (_file is { } file)
        {
            if (await file.SetRoleAsync(Role) is { } failed)
            {
                return failed;
            }
        }
        else
        {
            if (!order.MayCreate)
            {
                return new DfsError(DfsErrorCode.ReplicaNotFound, $"Chunk server {_self.Server} has no replica of chunk {order.Chunk} to start from. Choose another source.");
            }

            var created = await environment.Disk.RunAsync(() => environment.Store.Create(order.Chunk, Role, order.ChunkSizeBytes));
            if (!created.IsOk)
            {
                return created.Error;
            }

            _file = created.Value;
            if (await created.Value.SyncAsync() is { } failed)
            {
                return failed;
            }
        }

        actor.Tell(new AdoptionPersisted(this, TookOver: false), ActorRefs.NoSender);
        return null;
    }

    private async Task<DfsError?> TakeOverAsync(ChainMember member, ReplicaDescription state)
    {
        var pulled = await new ReplicaPull(order.Chunk, environment).BringToAsync(_file, state, member, Role, _givenUp.Token);
        if (!pulled.IsOk)
        {
            return pulled.Error;
        }

        _file = pulled.Value.File;
        actor.Tell(new AdoptionPersisted(this, TookOver: true), ActorRefs.NoSender);
        return null;
    }

    private async Task JoinAllAsync()
    {
        var others = Members();
        var target = await environment.Disk.RunAsync(() => OpenReplica.Describe(_file!));
        await AllAsync(
            others,
            environment.JoinTimeout,
            (at, token) => environment.Peers.JoinAsync(
                others[at],
                new JoinHead(
                    new ReplicaHead(order.Chunk, others[at].Server, order.Generation, order.Epoch), (byte)(at + 1), (byte)order.Chain.Count, _self, target),
                token));
    }

    // Asks all members until each has answered.
    private Task<T[]> AllAsync<T>(ChainMember[] others, TimeSpan limit, Func<int, CancellationToken, ValueTask<Result<T>>> ask)
        => Task.WhenAll(others.Select(async (member, at) =>
        {
            while (true)
            {
                using var timeout = new CancellationTokenSource(limit, environment.Time);
                using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, _givenUp.Token);
                var asking = ask(at, either.Token).AsTask();
                await WatchAsync(member.Server, asking);
                var answer = await asking;
                if (answer.IsOk)
                {
                    return answer.Value;
                }

                _givenUp.Token.ThrowIfCancellationRequested();
                Blame(member.Server, answer.Error);
                await Task.Delay(s_retryAfter, environment.Time, _givenUp.Token);
            }
        }));

    // A member may take its time as long as it fetches bytes. One that does nothing is told to meta, which may leave it out; until
    // then it still may answer.
    private async Task WatchAsync(ServerId member, Task asking)
    {
        var patience = environment.Settings.ChainTimeout;
        var since = environment.Time.GetTimestamp();
        using var done = new CancellationTokenSource();
        while (await Task.WhenAny(asking, Task.Delay(patience, environment.Time, done.Token)) != asking)
        {
            if (environment.Time.GetElapsedTime(Math.Max(since, Volatile.Read(ref _heardAt))) >= patience)
            {
                Blame(member, new DfsError(DfsErrorCode.Timeout, $"Server {member} did nothing for {patience.TotalSeconds:0.#} s while it should come to a new generation."));
            }
        }

        await Surroundings.CancelAsync(done);
    }

    private void Blame(ServerId member, DfsError error) => actor.Tell(new AdoptionTrouble(this, member, error), ActorRefs.NoSender);

    private ChainMember[] Members() => [.. order.Chain.Skip(1).Select(r => new ChainMember(r.Server, r.Endpoint))];

    private static bool IsAhead((Generation Generation, ulong Sequence) state, (Generation Generation, ulong Sequence) than)
        => state.Generation > than.Generation || (state.Generation == than.Generation && state.Sequence > than.Sequence);
}
