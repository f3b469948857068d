// Cutting files: the last chunks are retired, and when no replica of them can take part in a write or be read any more, one event
// takes them out. What is left of the chunk in which the new end lies its primary cuts, in order with the writes to it.
//
// A chunk that is retired and not taken out (the client went away, meta was replaced) is a chunk whose change was broken off: its
// replicas hold what they held, and the next who needs it has it made whole.

using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Meta.Core;

/// <summary>Answers clients that make files shorter.</summary>
internal sealed class CutCommands(MetaState state)
{
    private const int MostAtOnce = 256;
    private const int AgainMs = 10;

    internal MetaProtocol.Reply Cut(MetaProtocol.CutFile request)
    {
        if (state.Durable.Names.Find(request.File) is not FileInode file)
        {
            return new MetaProtocol.Failed(Errors.Path(DfsErrorCode.FileNotFound, PathRef.Of(request.File)));
        }

        if (state.Seals.WhyHeld(file) is { } held)
        {
            return new MetaProtocol.Failed(held);
        }

        if (state.Leases.WhyNot(file, request.Holder, MetaProtocol.Access.Write, PathRef.Of(request.File)) is { } locked)
        {
            return new MetaProtocol.Failed(locked);
        }

        if (request.Places < 1)
        {
            return new MetaProtocol.Failed(Errors.Argument($"A number of {request.Places} chunks to keep", "1 and up"));
        }

        if (file.Places <= request.Places)
        {
            return new MetaProtocol.StatusReply(Namespace.StatusOf(file));
        }

        if (state.SafeMode.IsActive)
        {
            return new MetaProtocol.Failed(Errors.SafeMode(state.SafeMode.Reason));
        }

        return TakeLast(file, request.Places);
    }

    // From the end on, so that what remains after each step is a file that was only made shorter.
    private MetaProtocol.Reply TakeLast(FileInode file, int places)
    {
        var first = Math.Max(file.LowerBound(places), file.Allocated - MostAtOnce);
        Chunk? waiting = null;
        for (var at = file.Allocated - 1; at >= first; at--)
        {
            var chunk = file.At(at);
            waiting = state.Changes.RetireWhole(chunk) ? waiting : waiting ?? chunk;
        }

        if (waiting is null)
        {
            var taken = Enumerable.Range(first, file.Allocated - first).Select(file.At).ToList();
            state.Emit(new FileCut(file.Id, taken[0].Index, state.Now.UnixNs));

            // Those that snapshots see are served again, to their readers: those of the file are refused by the new generation.
            taken.Where(c => state.Durable.Chunks.Find(c.Id) is not null).ToList().ForEach(state.Changes.Restore);
        }

        return waiting is null && file.Places <= places
            ? new MetaProtocol.StatusReply(Namespace.StatusOf(file))
            : new MetaProtocol.Failed(Errors.Recovering((waiting ?? file.At(file.Allocated - 1)).Id, AgainMs));
    }
}
