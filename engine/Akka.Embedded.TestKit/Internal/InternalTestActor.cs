// The actor behind a test kit: it queues what it gets for the test, except what the test said to ignore, lets the auto pilot
// react, and watches and makes actors on behalf of the test.
using Akka.Actor;

namespace Akka.TestKit.Internal;

internal sealed class InternalTestActor : ActorBase
{
    private readonly TestQueue _queue;
    private readonly DelegatingSupervisorStrategy _strategy = new();
    private TestActor.Ignore? _ignore;
    private AutoPilot _autoPilot = NoAutoPilot.Instance;

    public InternalTestActor(TestQueue queue) => _queue = queue;

    protected override SupervisorStrategy SupervisorStrategy() => _strategy;

    protected override bool Receive(object message)
    {
        switch (message)
        {
            case TestActor.SetIgnore setIgnore: _ignore = setIgnore.Ignore; break;
            case TestActor.Watch watch: Context.Watch(watch.Actor); break;
            case TestActor.Unwatch unwatch: Context.Unwatch(unwatch.Actor); break;
            case TestActor.SetAutoPilot setAutoPilot: _autoPilot = setAutoPilot.AutoPilot; break;
            case TestActor.Spawn spawn: MakeChild(spawn); break;
            default: Queue(message); break;
        }

        return true;
    }

    private void MakeChild(TestActor.Spawn spawn)
    {
        var child = spawn.Apply(Context);
        if (spawn._supervisorStrategy.HasValue)
            _strategy.Update(child, spawn._supervisorStrategy.Value);
        Sender.Tell(child, Self);
    }

    private void Queue(object message)
    {
        var next = _autoPilot.Run(Sender, message);
        if (next is not KeepRunning)
            _autoPilot = next;
        if (_ignore is null || !_ignore(message))
            _queue.Add(new RealMessageEnvelope(message, Sender));
    }
}
