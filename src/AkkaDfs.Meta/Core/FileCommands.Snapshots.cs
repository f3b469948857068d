// Snapshots as operations that are remembered for retries.

using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Meta.Core;

internal sealed partial class FileCommands
{
    private MetaProtocol.Reply CreateSnapshot(MetaProtocol.CreateSnapshot request)
    {
        if (state.Snapshots.Create(request, out var made) is { } error)
        {
            return new MetaProtocol.Failed(error);
        }

        Remember(request, OutcomeKind.Status, made);
        return new MetaProtocol.StatusReply(Namespace.StatusOf(_names.FindAny(made)!));
    }

    private MetaProtocol.Reply DeleteSnapshot(MetaProtocol.DeleteSnapshot request)
    {
        if (state.Snapshots.Delete(request) is { } error)
        {
            return new MetaProtocol.Failed(error);
        }

        Remember(request, OutcomeKind.Done);
        return new MetaProtocol.Done();
    }
}
