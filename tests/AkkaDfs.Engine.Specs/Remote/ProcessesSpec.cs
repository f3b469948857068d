// Between processes: order and at most once, the end of a process by -9, a new process on an old address, and one that does not read for a while.
using Akka.Actor;
using Akka.TestKit;
using AkkaDfs.Engine.TestHost;

namespace AkkaDfs.Engine.Specs.Remote;

public class ProcessesSpec : SystemsSpec
{
    public ProcessesSpec()
        : base(Impatient)
    {
    }

    [Fact]
    public async Task Order_holds_and_nothing_comes_twice_across_processes()
    {
        const int senders = 4, each = 5_000;
        var (_, address) = await StartProcess();
        var counter = Find(address, "user/counter");
        await Task.WhenAll(Enumerable.Range(0, senders).Select(source => Task.Run(() => Send(counter, source, each))));
        AwaitTally(counter, senders * each);
    }

    [Fact]
    public async Task A_process_killed_is_told_of_once_and_not_to_those_who_stopped_watching()
    {
        var (process, address) = await StartProcess();
        var echo = Find(address, "user/echo");
        var (faithful, fickle) = (CreateTestProbe(), CreateTestProbe());
        faithful.Watch(echo);
        fickle.Watch(echo);
        fickle.Unwatch(echo);
        AwaitAnswer(echo, CreateTestProbe());
        await process.KillAsync();
        faithful.ExpectTerminated(echo, LongPatience);
        ExpectNothingBefore(faithful);
        ExpectNothingBefore(fickle);
        var late = CreateTestProbe();
        late.Watch(echo);
        late.ExpectTerminated(echo, LongPatience);
        ExpectNothingBefore(late);
    }

    [Fact]
    public async Task A_new_process_on_an_old_address_is_somebody_else()
    {
        var (process, address) = await StartProcess();
        var old = Find(address, "user/echo");
        var watcher = CreateTestProbe();
        watcher.Watch(old);
        AwaitAnswer(old, CreateTestProbe());
        await process.KillAsync();
        watcher.ExpectTerminated(old, LongPatience);
        var (_, again) = await StartProcess("--port", address.Port!.Value.ToString());
        Assert.Equal(address, again);
        var young = Find(again, "user/echo");
        Assert.NotEqual(old, young);
        AwaitAnswer(young, CreateTestProbe());
        var probe = CreateTestProbe();
        old.Tell("for the dead", probe.Ref);
        young.Tell("for the living", probe.Ref);
        probe.ExpectMsg("for the living", LongPatience);
        ExpectNothingBefore(probe);
    }

    [Fact]
    public async Task A_process_that_does_not_read_for_a_while_gets_everything_in_order_afterwards()
    {
        const int messages = 2_000;
        var (process, address) = await StartProcess();
        var counter = Find(address, "user/counter");
        process.Pause();
        Send(counter, 1, messages);
        process.Resume();
        AwaitTally(counter, messages);
    }

    private static void Send(IActorRef counter, int source, int count)
    {
        for (var i = 0; i < count; i++)
            counter.Tell(new Numbered { Source = source, Number = i }, ActorRefs.NoSender);
    }

    private void AwaitTally(IActorRef counter, int count) => AwaitAssert(
        () =>
        {
            var tally = counter.Ask<Tally>(new GetTally(), Patience).GetAwaiter().GetResult();
            Assert.Equal((count, 0, 0), (tally.Count, tally.Duplicates, tally.OutOfOrder));
        },
        LongPatience, Often);
}
