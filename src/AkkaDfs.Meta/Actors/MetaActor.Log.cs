// The MetaActor and readers of its operation log. One reading at a time, as each reads the whole log that is kept. That may take longer
// than a client waits before it asks again: who asks for the same gets the answer of the reading under way.

using Akka.Actor;
using AkkaDfs.Meta.Core;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Meta.Actors;

internal sealed partial class MetaActor
{
    private const int MostLogAskers = 64;

    private readonly List<IActorRef> _logAskers = [];
    private MetaProtocol.GetLog? _logRequest;

    private void ReadLog(MetaProtocol.GetLog request)
    {
        if (CheckLog(request) is { } refused)
        {
            Sender.Tell(new MetaProtocol.Failed(refused));
            return;
        }

        _logAskers.Add(Sender);
        if (_logRequest is not null)
        {
            return;
        }

        _logRequest = request;
        var (read, durable) = (_setup.ReadLog, _durable);
        _ = Surroundings.RunAside(() => read(request, durable)).PipeTo(
            Self,
            success: page => new MetaNodeProtocol.LogRead(page.IsOk ? page.Value : new MetaProtocol.Failed(page.Error)),
            failure: e => new MetaNodeProtocol.LogRead(
                new MetaProtocol.Failed(new DfsError(DfsErrorCode.Internal, $"The operation log could not be read: {e.Message}"))));
    }

    private void EndReadLog(MetaNodeProtocol.LogRead read)
    {
        foreach (var asker in _logAskers)
        {
            Deliver(read.Reply, NoEffects, asker);
        }

        _logAskers.Clear();
        _logRequest = null;
    }

    private DfsError? CheckLog(MetaProtocol.GetLog request)
        => request.Limit is < 1 or > MetaProtocol.MaxPage ? Errors.Argument("The limit", $"1 to {MetaProtocol.MaxPage} entries")
            : !request.Path.StartsWith('/') ? Errors.Argument("The path", "an absolute path")
            : _logRequest is not { } current || (IsSame(current, request) && _logAskers.Count < MostLogAskers) ? null
            : new DfsError(DfsErrorCode.Busy, "The operation log is being read for somebody else. Try again shortly.", RetryAfterMs: 200);

    private static bool IsSame(MetaProtocol.GetLog a, MetaProtocol.GetLog b) => (a.Path, a.SinceUnixNs, a.Limit) == (b.Path, b.SinceUnixNs, b.Limit);
}
