// A disk that hangs, as its server's actors see it.

using AkkaDfs.Chunk.Storage;

namespace AkkaDfs.Chunk.Tests.Actors;

/// <summary>Keeps all disk threads of a server busy, and the turns of its folders taken, until it is disposed of.</summary>
internal sealed class HeldDisk : IAsyncDisposable
{
    private readonly TaskCompletionSource _ends = new();
    private readonly List<Task> _jobs = [];
    private readonly List<FolderTurn> _turns = [];

    private HeldDisk()
    {
    }

    /// <summary>Blocks one disk thread of the server after the other; what is asked of the disk from now on waits.</summary>
    public static async Task<HeldDisk> HoldAsync(TestServer server)
    {
        var held = new HeldDisk();
        for (var i = 0; i < ChainFixture.DiskThreads; i++)
        {
            // One at a time: a pool of threads may count on jobs that end, and call fewer threads than there are jobs.
            var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            held._jobs.Add(Chunk.Actors.DiskQueueTasks.RunAsync(server.Host.Environment.Disk, () =>
            {
                begun.SetResult();
                return held._ends.Task.Wait(ChainFixture.Patience * 4);
            }));
            await begun.Task.WaitAsync(ChainFixture.Patience);
        }

        foreach (var turn in ((FileChunkStore)server.Host.Store).Turns)
        {
            await ChainFixture.UntilAsync(turn.TryTake, "the folder's turn");
            held._turns.Add(turn);
        }

        return held;
    }

    public async ValueTask DisposeAsync()
    {
        _turns.ForEach(t => t.GiveBack());
        _ends.TrySetResult();
        await Task.WhenAll(_jobs);
    }
}
