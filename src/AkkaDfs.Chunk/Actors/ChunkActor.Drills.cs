// Drills: damage that was asked for.

using Akka.Event;
using AkkaDfs.Chunk.DataPlane;
using AkkaDfs.Chunk.Storage;
using AkkaDfs.Shared;

namespace AkkaDfs.Chunk.Actors;

internal sealed partial class ChunkActor
{
    private void OnDamage(DamageRequest request)
    {
        if (!_environment.Settings.AllowDrills)
        {
            request.Fail(new DfsError(
                DfsErrorCode.NotSupported,
                "This chunk server permits no drills; nothing was damaged. Start it with dfs.node.chunk.allow-drills = on, or use a cluster of dfs up."));
        }
        else if (_file is not { } file || _phase is Phase.Absent or Phase.Faulted)
        {
            request.Fail(_phase == Phase.Faulted ? _fault : NotHere());
        }
        else
        {
            _ = DamageAsync(request, file);
        }
    }

    private async Task DamageAsync(DamageRequest request, IReplicaFile file)
    {
        try
        {
            var damaged = await _environment.Disk.RunAsync(() => Drill.Damage(file, request.Op));
            if (damaged.Error is { } error)
            {
                request.Fail(error);
                return;
            }

            _log.Warning("Drill: {0} of block {1} of chunk {2}, {3} bytes from {4} on, in {5}", request.Op.How, damaged.Value.Block, request.Chunk, damaged.Value.LengthBytes, damaged.Value.Offset, damaged.Value.Path);
            request.Succeed(damaged.Value);
        }
        catch (Exception e)
        {
            // Whatever it was, whoever asked learns it.
            request.Fail(Internal(e));
        }
    }
}
