// Writing a batch of operations to the replica, away from the actor.

using Akka.Actor;
using AkkaDfs.Chunk.Storage;
using AkkaDfs.Shared;

namespace AkkaDfs.Chunk.Actors;

internal sealed partial class OperationLine
{
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

        public override void Run()
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
            self.Tell(new BatchWritten(_batch, result), ActorRefs.NoSender);
        }

        public override void Fail(Exception exception)
            => self.Tell(new BatchWritten(_batch, new ApplyResult(0, Broken(exception))), ActorRefs.NoSender);
    }
}
