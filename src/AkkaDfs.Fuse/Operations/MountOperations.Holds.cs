// Holds: what meta wants back is given back, changes that this mount makes are noted, and what is held is answered without asking.

using AkkaDfs.Fuse.Holds;
using AkkaDfs.Fuse.Protocol;
using AkkaDfs.Fuse.Session;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Fuse.Operations;

internal sealed partial class MountOperations
{
    private const int FirstPage = 128;
    private const int NextPage = 1000;
    private const int MissesForMore = 4;
    private const int MostListed = 20_000;

    private static readonly TimeSpan SilencePause = TimeSpan.FromMilliseconds(300);

    private readonly HeldNames _held;
    private readonly CancellationTokenSource _ended = new();
    private readonly Task _giving;
    private Task _givingBack = Task.CompletedTask;

    // Asks what meta wants back for as long as the mount lives; that it is asked is what keeps the holds.
    private async Task GiveBackAsync()
    {
        ulong heard = 0;
        while (!_ended.IsCancellationRequested)
        {
            try
            {
                heard = await GiveBackOnceAsync(heard).ConfigureAwait(false);
            }
            catch (DfsException)
            {
                // The session is lost, or meta has trouble: nothing is believed until it is heard again.
                heard = 0;
                await GiveAllBackAsync().ConfigureAwait(false);
                await Task.WhenAny(Task.Delay(SilencePause, _time, CancellationToken.None), Task.Delay(Timeout.Infinite, _ended.Token)).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (_ended.IsCancellationRequested)
            {
                return;
            }
        }
    }

    private async Task<ulong> GiveBackOnceAsync(ulong heard)
    {
        IReadOnlyList<InodeId> givingUp;
        lock (_held.Gate)
        {
            givingUp = _held.GivingUp();
        }

        var sentAt = _time.GetTimestamp();
        var drops = await tree.AwaitDropsAsync(heard, givingUp, _ended.Token).ConfigureAwait(false);
        if (drops is null)
        {
            return heard;
        }

        var isKept = !drops.MustReclaim;
        lock (_held.Gate)
        {
            _held.GaveUp(givingUp);
            isKept = isKept && _held.Extend(sentAt, TimeSpan.FromMilliseconds(drops.HoldMs));
        }

        if (!isKept)
        {
            await GiveAllBackAsync().ConfigureAwait(false);
            if (drops.MustReclaim)
            {
                await tree.ReclaimAsync().ConfigureAwait(false);
            }

            return 0;
        }

        if (drops.Directories.Count > 0)
        {
            await GiveBackAsync(drops.Directories).ConfigureAwait(false);
        }

        IReadOnlyList<InodeId> surplus;
        lock (_held.Gate)
        {
            surplus = _held.TooMany();
        }

        if (surplus.Count > 0)
        {
            await GiveBackAsync(surplus).ConfigureAwait(false);
        }

        return drops.Number;
    }

    private async Task GiveBackAsync(IReadOnlyList<InodeId> directories)
    {
        List<InodeId> handed;
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_held.Gate)
        {
            handed = _held.Drop(directories);
            _givingBack = done.Task;
        }

        try
        {
            await GiveBackAsync(directories, handed).ConfigureAwait(false);
        }
        finally
        {
            done.SetResult();
        }
    }

    private async Task GiveBackAsync(IReadOnlyList<InodeId> directories, List<InodeId> handed)
    {
        handed.ForEach(Session.InvalidateAttributes);
        var wanted = directories.ToHashSet();
        var open = _files.All.Where(f => wanted.Contains(f.HeldIn)).ToArray();
        foreach (var file in open)
        {
            // On its way, but not waited for: who wants the directory does not wait for what was never closed.
            _ = file.Writes.DrainAsync(sync: false);
        }

        await TellOpenAsync(open).ConfigureAwait(false);
    }

    private async Task GiveAllBackAsync()
    {
        List<InodeId> handed;
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_held.Gate)
        {
            handed = _held.Clear();
            _givingBack = done.Task;
        }

        handed.ForEach(Session.InvalidateAttributes);
        try
        {
            await TellOpenAsync(_files.All).ConfigureAwait(false);
        }
        catch (DfsException e)
        {
            log($"meta could not be told what is open: {e.Error}");
        }
        finally
        {
            done.SetResult();
        }
    }

    private async Task TellOpenAsync(IEnumerable<OpenFile> files)
    {
        var untold = files.Where(f => !f.File.IsTold).Select(f => f.File).ToArray();
        if (untold.Length > 0)
        {
            await tree.TellOpenAsync(untold, CancellationToken.None).ConfigureAwait(false);
        }
    }

    // Before a name of a file goes: meta keeps the content of files that it knows to be open.
    private async ValueTask TellOpenAtAsync(InodeId directory, string name)
    {
        InodeId? node;
        Task givingBack;
        lock (_held.Gate)
        {
            (node, givingBack) = (_held.NodeAt(directory, name), _givingBack);
        }

        await givingBack.ConfigureAwait(false);
        if (node is { } known && _files.AnyOf(known) is not null)
        {
            await TellOpenAsync(_files.Of(known)).ConfigureAwait(false);
        }
    }

    private async Task<MetaProtocol.HeldDirectory> HoldAsync(InodeId directory, string name, string after, int limit, CancellationToken cancellationToken)
    {
        Asking asking;
        lock (_held.Gate)
        {
            asking = _held.Ask(directory);
        }

        var sentAt = _time.GetTimestamp();
        MetaProtocol.HeldDirectory? reply = null;
        try
        {
            reply = await tree.HoldAsync(directory, name, after, limit, cancellationToken).ConfigureAwait(false);
            return reply;
        }
        finally
        {
            lock (_held.Gate)
            {
                if (reply is not null)
                {
                    _held.Take(asking, name, after, limit, reply);
                }

                _held.EndAsking(asking);
            }
        }
    }

    // Carries out a change of a directory's names and notes it, or that it is not known what is there now.
    private async Task<T> ChangeAsync<T>(InodeId directory, string name, Func<Task<T>> change, Action<HeldDirectory, T> note)
    {
        HeldDirectory? held;
        lock (_held.Gate)
        {
            held = _held.BeginChange(directory);
        }

        var isKnown = false;
        try
        {
            var reply = await change().ConfigureAwait(false);
            lock (_held.Gate)
            {
                if (held is { IsAlive: true })
                {
                    isKnown = true;
                    note(held, reply);
                }
            }

            return reply;
        }
        catch (DfsException e) when (Errno.Of(e.Code) is not (Errno.InputOutput or Errno.Interrupted))
        {
            // Refused: nothing was changed. What is noted of the name may be the reason, and wrong.
            throw;
        }
        finally
        {
            lock (_held.Gate)
            {
                if (!isKnown)
                {
                    _held.Unknown(held, name);
                    _held.Missed(directory, name);
                }

                _held.EndChange(held);
            }
        }
    }

    // Carries out a change of a node's state; what it answers is believed if nothing else was changed meanwhile.
    private async Task<FileStatus?> ChangeOfAsync(InodeId node, Func<Task<FileStatus?>> change)
    {
        Change held;
        lock (_held.Gate)
        {
            held = _held.BeginChangeOf(node);
        }

        FileStatus? status = null;
        try
        {
            status = await change().ConfigureAwait(false);
            return status;
        }
        finally
        {
            lock (_held.Gate)
            {
                _held.EndChangeOf(node, held, status);
            }
        }
    }

    private long Moment()
    {
        lock (_held.Gate)
        {
            return _held.Now();
        }
    }

    private void Note(long askedAt, FileStatus status)
    {
        lock (_held.Gate)
        {
            _held.Note(askedAt, status);
        }
    }

    // With the gate held. What is handed out is noted, so that it is taken back with the hold; and it ends with the hold in any case.
    private FileStatus? Believed(InodeId node, bool isHandedOut)
    {
        if (_held.Find(node) is { Self: { } self } directory)
        {
            directory.HandedUntil = isHandedOut ? _held.ValidUntil : directory.HandedUntil;
            return self;
        }

        if (_held.FindNode(node) is { Status: { } status } name && !_files.IsDirty(node))
        {
            name.HandedUntil = isHandedOut ? _held.ValidUntil : name.HandedUntil;
            return status;
        }

        return null;
    }

    private TimeSpan BelievedFor => _held.Remaining > options.AttributesValid ? _held.Remaining : options.AttributesValid;
}
