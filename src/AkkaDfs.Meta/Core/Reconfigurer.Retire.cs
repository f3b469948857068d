// Chunks that are about to be taken out of their files. A new generation without members is journaled and told to those who have
// replicas, and nothing is taken out before
//   - the primary has said that it has heard of it, so that it acknowledges nothing any more: of its own, a new run of it would
//     have to ask for the right to, and nobody else has it;
//   - everybody else who may serve reads has said so too, or has lost the right.
// A primary that cannot be asked is replaced first, by the usual change. Whatever breaks off leaves a chunk without a chain, which
// is what other broken-off changes leave, and is made whole again when somebody needs it.

using AkkaDfs.Shared;

namespace AkkaDfs.Meta.Core;

internal sealed partial class Reconfigurer
{
    // Who asked comes again in a moment; when he does not, the chunk goes back into use.
    private const int RetiredMs = 10_000;

    /// <summary>Sees to it that nobody writes or serves a chunk any more. To be called again until it is so.</summary>
    /// <returns>True when the chunk may be taken out at this moment.</returns>
    public bool RetireWhole(Chunk chunk)
    {
        if (_changes.TryGetValue(chunk.Id, out var change))
        {
            return IsRetired(change);
        }

        // Rights to write that a meta before this one has given are over after one grant.
        if (state.Book.IsNowhere(chunk) && state.Now.Ms >= state.StartedMs + state.Policy.ServeMs)
        {
            return true;
        }

        if (state.Book.PrimaryOf(chunk) is { IsUsable: true } primary)
        {
            change = new Reconfiguration(chunk) { IsRetirement = true };
            chunk.IsChanging = true;
            _changes.Add(chunk.Id, change);
            state.Emit(new GenerationRaised(chunk.Id, chunk.Generation.Next, state.Now.UnixNs));
            TakeOutOfChain(chunk, []);
            chunk.ChainLength = 0;
            change.Adopting.Add(primary.Id);
            BeginAdopt(change);
        }
        else
        {
            _ = MakeWhole(chunk);
        }

        return false;
    }

    /// <summary>Brings a retired chunk back into use: its file has lost it, but snapshots see it.</summary>
    public void Restore(Chunk chunk)
    {
        if (_changes.TryGetValue(chunk.Id, out var change))
        {
            Abort(change);
        }

        _ = MakeWhole(chunk);
    }

    private bool IsRetired(Reconfiguration change)
    {
        if (change.Phase != ChangePhase.Retired)
        {
            return false;
        }

        change.DeadlineMs = state.Now.Ms + RetiredMs;
        if (!state.Book.StaleServers(change.Chunk, state.Now.Ms).Any())
        {
            return true;
        }

        // Somebody has come back meanwhile who does not know of it.
        change.Fenced.Clear();
        BeginAdopt(change);
        return false;
    }

    private void TickRetired(Reconfiguration change)
    {
        if (state.Now.Ms >= change.DeadlineMs)
        {
            Abort(change);
            _ = MakeWhole(change.Chunk);
        }
    }
}
