// Has copies made: tells source and destination (S3-13), waits for the destination's word, and reports each outcome once. What to
// copy, from where to where and how many at once is decided by the state machine; this only sees a copy through.

using Akka.Actor;
using AkkaDfs.Meta.Core;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Meta.Actors;

/// <summary>Sees copies through.</summary>
internal sealed class ReplicationSupervisor : ReceiveActor, IWithTimers
{
    private readonly Dictionary<(ChunkId Chunk, ServerId Destination), CopyPlan> _copies = [];

    public ReplicationSupervisor(TimeSpan copyTimeout)
    {
        Receive<MetaNodeProtocol.MakeCopy>(make =>
        {
            _copies[KeyOf(make.Plan)] = make.Plan;
            Watch(make.Plan);
            if (make.Plan.Of is null)
            {
                make.Source.Tell(new ServerProtocol.ServeCopy(make.Plan.Chunk, make.Plan.Generation, make.Plan.Destination) { Epoch = make.Epoch });
            }

            make.Destination.Tell(
                new ServerProtocol.CopyReplica(make.Plan.Chunk, make.Plan.Generation, make.Plan.ChunkSizeBytes, make.Plan.Source) { Epoch = make.Epoch, Of = make.Plan.Of },
                Context.Parent);
        });
        Receive<MetaNodeProtocol.ForgetCopy>(forget =>
        {
            if (IsCurrent(forget.Plan))
            {
                End(forget.Plan);
            }
        });
        Receive<ServerProtocol.CopyProgress>(progress =>
        {
            if (Find(progress.Chunk, progress.Server) is { } plan)
            {
                Watch(plan);
            }
        });
        Receive<ServerProtocol.ReplicaCopied>(copied =>
        {
            if (Find(copied.Chunk, copied.Server) is { } plan)
            {
                Report(plan, null);
            }
        });
        Receive<ServerProtocol.OrderFailed>(failed =>
        {
            if (failed.Order == nameof(ServerProtocol.CopyReplica) && Find(failed.Chunk, failed.Server) is { } plan)
            {
                Report(plan, failed.Error);
            }
        });
        Receive<CopyLate>(late =>
        {
            if (IsCurrent(late.Plan))
            {
                Report(late.Plan, new DfsError(DfsErrorCode.CopyFailed, $"nothing of it came for {copyTimeout.TotalSeconds:0} s"));
            }
        });

        // A copy may be slow, because of its bandwidth or its size; it has failed when it stands still.
        void Watch(CopyPlan plan) => Timers.StartSingleTimer(KeyOf(plan), new CopyLate(plan), copyTimeout);
    }

    public ITimerScheduler Timers { get; set; } = null!;

    internal static Props PropsFor(TimeSpan copyTimeout) => Props.Create(() => new ReplicationSupervisor(copyTimeout));

    protected override void PostRestart(Exception reason)
    {
        base.PostRestart(reason);
        Context.Parent.Tell(new MetaNodeProtocol.CopiesForgotten());
    }

    private bool IsCurrent(CopyPlan plan) => _copies.TryGetValue(KeyOf(plan), out var known) && known == plan;

    private CopyPlan? Find(ChunkId chunk, ServerId destination)
        => _copies.GetValueOrDefault((chunk, destination));

    private void Report(CopyPlan plan, DfsError? error)
    {
        End(plan);
        Context.Parent.Tell(new MetaNodeProtocol.CopyOutcome(plan, error));
    }

    private static (ChunkId Chunk, ServerId Destination) KeyOf(CopyPlan plan) => (plan.Chunk, plan.Destination.Server);

    private void End(CopyPlan plan)
    {
        _copies.Remove(KeyOf(plan));
        Timers.Cancel(KeyOf(plan));
    }

    private sealed record CopyLate(CopyPlan Plan) : INoSerializationVerificationNeeded;
}
