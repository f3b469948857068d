// Writing a batch of operations to the replica: away from the actor, or at the end of its turn if the batch is small and the
// folder's turn is free.

using Akka.Actor;
using AkkaDfs.Chunk.Storage;
using AkkaDfs.Shared;

namespace AkkaDfs.Chunk.Actors;

internal sealed partial class OperationLine
{
    private const int MaxHereBytes = 128 * 1024;

    private bool _writesHere;

    /// <summary>Writes, at the end of the actor's turn, what need not go to a disk thread.</summary>
    /// <returns>What was written, to be taken like a message; null when there is nothing.</returns>
    public BatchWritten? WriteHere()
    {
        if (!_writesHere)
        {
            return null;
        }

        _writesHere = false;
        var turn = _file!.Turn;
        if (!turn.TryTake())
        {
            environment.Disk.Enqueue(_job);
            return null;
        }

        try
        {
            return _job.Write();
        }
        finally
        {
            turn.GiveBack();
        }
    }

    // One batch at a time: the job and its lists are used again and again.
    private sealed class WriteBatchJob(IActorRef self) : DiskJob
    {
        private readonly List<ReplicaOp> _operations = [];
        private List<LiveOperation> _batch = [];
        private IReplicaFile? _file;

        public bool IsRunning { get; set; }

        public bool IsMine(List<LiveOperation> batch) => _batch == batch;

        public List<LiveOperation> Take(IReplicaFile file)
        {
            IsRunning = true;
            _file = file;
            _batch = [];
            return _batch;
        }

        public override void Run() => self.Tell(Write(), ActorRefs.NoSender);

        public BatchWritten Write()
        {
            _operations.Clear();
            foreach (var operation in _batch)
            {
                _operations.Add(new ReplicaOp
                {
                    Sequence = operation.Place.Sequence,
                    Mode = operation.Mode,
                    PadToEnd = operation.Place.PadToEnd,
                    Offset = operation.Place.Offset,
                    Payload = operation.Payload.Memory,
                    Checksums = operation.Place.PadToEnd ? default : operation.Checksums.AsMemory(),
                    ChecksumBase = operation.Phase,
                    Operation = operation.Id,
                    Sync = operation.Sync,
                });
            }

            var result = _file!.Apply(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_operations));
            return new BatchWritten(_batch, result);
        }

        public override void Fail(Exception exception)
            => self.Tell(new BatchWritten(_batch, new ApplyResult(0, Broken(exception))), ActorRefs.NoSender);
    }
}
