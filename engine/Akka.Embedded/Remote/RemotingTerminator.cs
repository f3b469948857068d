// Ends remoting after all user actors have ended and before the system actors do: their last messages still leave.
using Akka.Actor;
using Akka.Dispatch.SysMsg;
using Akka.Event;
using Akka.Remote;

namespace Akka.Embedded.Remote;

internal sealed class RemotingTerminator : UntypedActor
{
    private readonly IActorRef _systemGuardian;
    private readonly RemoteTransport _remoting;

    public RemotingTerminator(IActorRef systemGuardian, RemoteTransport remoting)
    {
        _systemGuardian = systemGuardian;
        _remoting = remoting;
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Begin:
                _systemGuardian.Tell(RegisterTerminationHook.Instance);
                break;
            case TerminationHook:
                Context.GetLogger().Info("Shutting down remote daemon.");
                _ = _remoting.Shutdown().PipeTo(Self, success: () => Ended.Instance, failure: e => new Status.Failure(e));
                break;
            case Ended or Status.Failure:
                Context.GetLogger().Info("Remoting shut down.");
                _systemGuardian.Tell(TerminationHookDone.Instance);
                Context.Stop(Self);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    public sealed class Begin
    {
        public static readonly Begin Instance = new();
    }

    private sealed class Ended
    {
        public static readonly Ended Instance = new();
    }
}
