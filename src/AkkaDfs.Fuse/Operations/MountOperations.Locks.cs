// Locks of fcntl(2) and flock(2): meta has them, so they hold between mounts. What they protect is told to meta before they are given
// back, so that the next owner sees it.

using System.Collections.Concurrent;
using AkkaDfs.Fuse.Protocol;
using AkkaDfs.Fuse.Session;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Fuse.Operations;

internal sealed partial class MountOperations
{
    private const uint ReadLock = 0;
    private const uint WriteLock = 1;
    private const uint Unlock = 2;

    // Owners that have, or had, byte ranges of a node: only they have something to give back when a file is closed.
    private readonly ConcurrentDictionary<(InodeId Node, ulong Owner), uint> _owners = new();

    private async Task GetLockAsync(FuseRequest request)
    {
        var conflict = await tree.GetLockAsync(Wanted(request), request.Token).ConfigureAwait(false);
        Put(request, conflict, conflict is null ? 0 : _owners.GetValueOrDefault((conflict.File, conflict.Owner)));

        static void Put(FuseRequest request, MetaProtocol.HeldLock? conflict, uint process)
        {
            Span<byte> answer = stackalloc byte[Wire.LockOut];
            answer.Clear();
            Wire.Put(answer, 0, conflict?.Start ?? 0);
            Wire.Put(answer, 8, conflict is null or { End: long.MaxValue } ? long.MaxValue : conflict.End - 1);
            Wire.Put(answer, 16, conflict is null ? Unlock : conflict.Mode == MetaProtocol.LockMode.Exclusive ? WriteLock : ReadLock);
            Wire.Put(answer, 20, process);
            request.Answer(answer);
        }
    }

    private async Task SetLockAsync(FuseRequest request)
    {
        var wanted = Wanted(request);
        if (wanted.Mode == MetaProtocol.LockMode.Unlocked)
        {
            await MeasureAsync(request.Node, request.Token).ConfigureAwait(false);
        }
        else if (wanted.Kind == MetaProtocol.LockKind.Posix)
        {
            _owners[(wanted.File, wanted.Owner)] = request.Pid;
        }

        await tree.SetLockAsync(wanted, request.Opcode == Opcode.SetLockWait, request.Token).ConfigureAwait(false);
        request.Answer(0);
    }

    private async Task ReleaseLocksAsync(InodeId node, ulong owner)
    {
        if (_owners.TryRemove((node, owner), out _))
        {
            await UnlockAsync(node, owner, MetaProtocol.LockKind.Posix).ConfigureAwait(false);
        }
    }

    // Not given up with whoever closes the file: the lock would stay.
    private async Task UnlockAsync(InodeId node, ulong owner, MetaProtocol.LockKind kind)
    {
        await MeasureAsync(node, CancellationToken.None).ConfigureAwait(false);
        var all = new MetaProtocol.HeldLock(node, owner, kind, MetaProtocol.LockMode.Unlocked, 0, long.MaxValue);
        await tree.SetLockAsync(all, false, CancellationToken.None).ConfigureAwait(false);
    }

    private static MetaProtocol.HeldLock Wanted(FuseRequest request)
    {
        var body = request.Body.Span;
        var (owner, start, last, type) = (Wire.U64(body, 8), Wire.I64(body, 16), Wire.I64(body, 24), Wire.U32(body, 32));
        var isFlock = (Wire.U32(body, 40) & Wire.LockIsFlock) != 0;
        var mode = type switch
        {
            ReadLock => MetaProtocol.LockMode.Shared,
            WriteLock => MetaProtocol.LockMode.Exclusive,
            _ => MetaProtocol.LockMode.Unlocked,
        };
        return isFlock
            ? new MetaProtocol.HeldLock(request.Node, owner, MetaProtocol.LockKind.Flock, mode, 0, long.MaxValue)
            : new MetaProtocol.HeldLock(request.Node, owner, MetaProtocol.LockKind.Posix, mode, start, last == long.MaxValue ? last : last + 1);
    }
}
