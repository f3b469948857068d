// The top of the hierarchy: "/", "/user" and "/system", and what stands above "/" and ends the system with it.
using Akka.Actor.Internal;
using Akka.Dispatch;
using Akka.Dispatch.SysMsg;
using Akka.Event;

namespace Akka.Actor;

/// <summary>The actor "/user" (and "/"): parent of actors that have no other.</summary>
public class GuardianActor : ActorBase, IRequiresMessageQueue<IUnboundedMessageQueueSemantics>
{
    /// <inheritdoc/>
    protected override void PreStart()
    {
    }

    /// <inheritdoc/>
    protected override bool Receive(object message)
    {
        switch (message)
        {
            case Terminated:
                Context.Stop(Self);
                break;
            case StopChild stop:
                Context.Stop(stop.Child);
                break;
            default:
                Context.System.DeadLetters.Tell(new DeadLetter(message, Sender, Self), Sender);
                break;
        }

        return true;
    }
}

/// <summary>The actor "/system": ends after "/user", once those who asked for it have been told and have answered.</summary>
public class SystemGuardianActor : ActorBase, IRequiresMessageQueue<IUnboundedMessageQueueSemantics>
{
    private readonly IActorRef _userGuardian;
    private readonly List<IActorRef> _hooks = [];

    /// <param name="userGuardian">"/user".</param>
    public SystemGuardianActor(IActorRef userGuardian) => _userGuardian = userGuardian;

    /// <inheritdoc/>
    protected override bool Receive(object message)
    {
        switch (message)
        {
            case Terminated terminated when terminated.ActorRef.Equals(_userGuardian):
                Context.Become(Terminating);
                foreach (var hook in _hooks)
                    hook.Tell(TerminationHook.Instance);
                StopWhenAllAnswered();
                break;
            case Terminated terminated:
                _hooks.Remove(terminated.ActorRef);
                break;
            case StopChild stop:
                Context.Stop(stop.Child);
                break;
            case RegisterTerminationHook when !Sender.Equals(Context.System.DeadLetters):
                _hooks.Add(Sender);
                Context.Watch(Sender);
                break;
            default:
                Context.System.DeadLetters.Tell(new DeadLetter(message, Sender, Self), Sender);
                break;
        }

        return true;
    }

    /// <inheritdoc/>
    protected override void PreRestart(Exception reason, object message)
    {
    }

    private bool Terminating(object message)
    {
        switch (message)
        {
            case Terminated terminated:
                _hooks.Remove(terminated.ActorRef);
                StopWhenAllAnswered();
                break;
            case TerminationHookDone:
                Context.Unwatch(Sender);
                _hooks.Remove(Sender);
                StopWhenAllAnswered();
                break;
            default:
                Context.System.DeadLetters.Tell(new DeadLetter(message, Sender, Self), Sender);
                break;
        }

        return true;
    }

    private void StopWhenAllAnswered()
    {
        if (_hooks.Count == 0)
            Context.Stop(Self);
    }
}

/// <summary>The reference of "/": also knows names that are no actor's.</summary>
public class RootGuardianActorRef : LocalActorRef
{
    private readonly IInternalActorRef _deadLetters;
    private readonly IReadOnlyDictionary<string, IInternalActorRef> _extraNames;
    private IInternalActorRef? _tempContainer;

    /// <summary>As a local reference, with dead letters and the names that are no actor's.</summary>
    public RootGuardianActorRef(
        ActorSystemImpl system, Props props, MessageDispatcher dispatcher, MailboxType mailboxType, IInternalActorRef supervisor,
        ActorPath path, IInternalActorRef deadLetters, IReadOnlyDictionary<string, IInternalActorRef> extraNames)
        : base(system, props, dispatcher, mailboxType, supervisor, path)
    {
        _deadLetters = deadLetters;
        _extraNames = extraNames;
    }

    /// <inheritdoc/>
    public override IInternalActorRef Parent => this;

    /// <summary>Sets "/temp".</summary>
    public void SetTempContainer(IInternalActorRef tempContainer) => _tempContainer = tempContainer;

    /// <inheritdoc/>
    public override IInternalActorRef GetSingleChild(string name)
    {
        switch (name)
        {
            case "temp":
                return _tempContainer ?? ActorRefs.Nobody;
            case "deadLetters":
                return _deadLetters;
        }

        lock (_extraNames)
        {
            if (_extraNames.TryGetValue(name, out var extra))
                return extra;
        }

        return base.GetSingleChild(name);
    }
}

/// <summary>What stands above "/": when "/" ends or fails, the system has ended.</summary>
public class RootGuardianSupervisor : MinimalActorRef
{
    private readonly TaskCompletionSource<Status> _terminationPromise;
    private readonly ILoggingAdapter _log;
    private readonly ActorPath _path;

    /// <param name="root">The path of "/".</param>
    /// <param name="provider">The provider.</param>
    /// <param name="terminationPromise">Completed when "/" has ended.</param>
    /// <param name="log">Where unexpected messages are reported.</param>
    public RootGuardianSupervisor(
        RootActorPath root, IActorRefProvider provider, TaskCompletionSource<Status> terminationPromise, ILoggingAdapter log)
    {
        _path = root / "_Root-guardian-supervisor";
        Provider = provider;
        _terminationPromise = terminationPromise;
        _log = log;
    }

    /// <inheritdoc/>
    public override ActorPath Path => _path;

    /// <inheritdoc/>
    public override IActorRefProvider Provider { get; }

    /// <summary>The failure that ended the system; null if there was none.</summary>
    public Exception? CauseOfTermination { get; private set; }

    private bool IsWalking => !_terminationPromise.Task.IsCompleted;

    /// <inheritdoc/>
    public override void Stop() => _terminationPromise.TrySetResult(Status.Success.Instance);

    /// <inheritdoc/>
    public override void SendSystemMessage(ISystemMessage systemMessage)
    {
        if (!IsWalking)
            return;
        switch (systemMessage)
        {
            case Failed failed:
                _log.Error(failed.Cause, "guardian {0} failed, shutting down!", failed.Child);
                CauseOfTermination = failed.Cause;
                ((IInternalActorRef)failed.Child).Stop();
                break;
            case DeathWatchNotification:
                Stop();
                break;
            case Supervise or Watch:
                break;
            default:
                _log.Error("{0} received unexpected system message [{1}]", _path, systemMessage);
                break;
        }
    }

    /// <inheritdoc/>
    protected override void TellInternal(object message, IActorRef? sender)
    {
        if (IsWalking)
            _log.Error("{0} received unexpected message [{1}]", _path, message);
    }
}

/// <summary>How the guardians treat their children.</summary>
internal static class Guardians
{
    /// <summary>"/" stops a guardian that fails, which ends the system.</summary>
    public static readonly SupervisorStrategy RootStrategy = new OneForOneStrategy(static _ => Directive.Stop);

    /// <summary>"/system" stops what cannot start and restarts the rest.</summary>
    public static readonly SupervisorStrategy SystemStrategy = new OneForOneStrategy(SupervisorStrategy.DefaultDecider);
}
