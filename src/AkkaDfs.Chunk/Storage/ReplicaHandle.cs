// What callers hold of a replica: calls go to the shared object, Dispose gives it back to the table.

using AkkaDfs.Shared;

namespace AkkaDfs.Chunk.Storage;

internal sealed class ReplicaHandle(ReplicaTable table, Replica replica, ReplicaInfo info) : IReplicaFile
{
    private ReplicaInfo _last = info;
    private int _disposed;

    public ReplicaInfo Info => replica.Info is { } now ? _last = now : _last;

    public string DataPath => replica.DataPath;

    public FolderTurn Turn => replica.Folder.Turn;

    public DfsError? Fault => replica.Fault ?? (replica.Folder.Error is { } error ? StoreErrors.Lost(replica.Chunk, error.Message) : null);

    public int BlockCount => replica.BlockCount;

    public bool HasForgottenOutcomes => replica.HasForgottenOutcomes;

    public bool MayHaveForgotten(OperationId operation) => replica.MayHaveForgotten(operation);

    public ApplyResult Apply(ReadOnlySpan<ReplicaOp> operations) => replica.Apply(operations);

    public ValueTask<DfsError?> SyncAsync() => replica.SyncAsync();

    public ReadOutcome Read(ByteRange range, Span<byte> destination, Span<uint> checksums) => replica.Read(range, destination, checksums);

    public int CopyBlockChecksums(int firstBlock, Span<uint> destination) => replica.CopyBlockChecksums(firstBlock, destination);

    public DfsError? Verify(int firstBlock, int blockCount, ICollection<int> bad) => replica.Verify(firstBlock, blockCount, bad);

    public ValueTask<DfsError?> RepairAsync(IReadOnlyList<BlockData> blocks) => new(replica.Repair(blocks));

    public ValueTask<DfsError?> ReplaceAsync(IReadOnlyList<BlockData> blocks, ReplicaContent content, ReplicaRole role)
        => new(replica.Replace(blocks, content, role));

    public ValueTask<DfsError?> SetRoleAsync(ReplicaRole role) => replica.SetRoleAsync(role);

    public bool TryGetOutcome(OperationId operation, out OperationOutcome outcome) => replica.TryGetOutcome(operation, out outcome);

    public byte[] ExportOutcomes() => replica.ExportOutcomes();

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            table.Release(replica);
        }
    }
}
