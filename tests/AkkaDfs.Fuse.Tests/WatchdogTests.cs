// A request without an answer makes its process unkillable: whatever a handler does, an answer comes.

using System.Collections.Concurrent;
using AkkaDfs.Fuse.Device;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;
using AkkaDfs.Testing.Time;

namespace AkkaDfs.Fuse.Tests;

public sealed class WatchdogTests
{
    [MountFact]
    public async Task A_handler_that_does_not_come_back_is_answered_for_and_one_that_breaks_costs_only_its_request()
    {
        var folder = Directory.CreateTempSubdirectory("dfs-watchdog-");
        var (time, tree, log) = (new ManualTime(), new StuckTree(), new ConcurrentQueue<string>());
        try
        {
            var mount = await Mount.StartAsync(tree, folder.FullName, MountOptions.Parse(["deadline=5"]), log.Enqueue, time);
            await using var unmounting = mount;
            var waiting = MountFixture.ShellAsync("/", $"cat {folder.FullName}/stuck");
            await tree.IsStuck.Task;
            Assert.Contains("Input/output error", await MountFixture.ShellAsync("/", $"cat {folder.FullName}/broken"), StringComparison.Ordinal);
            Assert.False(waiting.IsCompleted);
            time.Advance(TimeSpan.FromSeconds(20));
            Assert.Contains("Input/output error", await waiting, StringComparison.Ordinal);
            Assert.Contains(log, l => l.Contains("Lookup", StringComparison.Ordinal) && l.Contains("was not answered", StringComparison.Ordinal));
            Assert.Contains(log, l => l.Contains("broken on purpose", StringComparison.Ordinal));
        }
        finally
        {
            MountTable.Detach(folder.FullName);
            folder.Delete(recursive: true);
        }
    }

    private sealed class StuckTree : IMountedTree
    {
        private static readonly FileStatus Root = new() { Inode = InodeId.Root, Kind = NodeKind.Directory, Mode = 0x41ED, LinkCount = 2 };

        public TaskCompletionSource IsStuck { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public async Task<TReply> AskAsync<TReply>(MetaProtocol.Request request, CancellationToken cancellationToken)
            where TReply : MetaProtocol.Reply
        {
            switch (request)
            {
                case MetaProtocol.GetStatus { Target.Path: "" }:
                    return (TReply)(MetaProtocol.Reply)new MetaProtocol.StatusReply(Root);
                default:
                    IsStuck.TrySetResult();
                    await new TaskCompletionSource().Task;
                    throw new InvalidOperationException("never reached");
            }
        }

        public async Task<MetaProtocol.HeldDirectory> HoldAsync(InodeId directory, string name, string after, int limit, CancellationToken cancellationToken)
        {
            if (name == "broken")
            {
                throw new InvalidOperationException("broken on purpose");
            }

            IsStuck.TrySetResult();
            await new TaskCompletionSource().Task;
            throw new InvalidOperationException("never reached");
        }

        public async Task<MetaProtocol.Drops?> AwaitDropsAsync(ulong heard, IReadOnlyList<InodeId> givenUp, CancellationToken cancellationToken)
        {
            await Task.Delay(Timeout.Infinite, cancellationToken);
            return null;
        }

        public IMountedFile OpenHeld(FileStatus status, ChunkLocation? first, bool mayWrite) => throw new NotSupportedException();

        public Task TellOpenAsync(IReadOnlyCollection<IMountedFile> files, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task ReclaimAsync() => throw new NotSupportedException();

        public Task<IReadOnlyList<FileStatus>> CompleteAsync(IReadOnlyList<MetaProtocol.FileLengths> files, CancellationToken cancellationToken)
            => throw new NotSupportedException();

        public Task<FileStatus> GetFileAsync(InodeId file, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<IMountedFile> OpenAsync(InodeId file, Caller caller, MetaProtocol.Access access, CancellationToken cancellationToken)
            => throw new NotSupportedException();

        public Task SetLockAsync(MetaProtocol.HeldLock wanted, bool wait, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<MetaProtocol.HeldLock?> GetLockAsync(MetaProtocol.HeldLock wanted, CancellationToken cancellationToken)
            => throw new NotSupportedException();

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
