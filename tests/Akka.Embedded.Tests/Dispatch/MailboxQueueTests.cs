using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch;
using Akka.Dispatch.MessageQueues;

namespace Akka.Embedded.Tests.Dispatch;

public class MailboxQueueTests() : SystemTest("""
    small { mailbox-type = "Akka.Dispatch.BoundedMailbox", mailbox-capacity = 2, mailbox-push-timeout-time = 0ms }
    by-length { mailbox-type = "Akka.Embedded.Tests.Dispatch.ShortestFirst, Akka.Embedded.Tests" }
    deque { mailbox-type = "Akka.Dispatch.UnboundedDequeBasedMailbox" }
    """)
{
    private static Envelope Of(object message) => new(message, ActorRefs.NoSender);

    [Fact]
    public void A_front_comes_before_the_queue_and_last_in_first_out()
    {
        var queue = new UnboundedDequeMessageQueue();
        queue.Enqueue(ActorRefs.Nobody, Of(1));
        queue.EnqueueFirst(Of(2));
        queue.EnqueueFirst(Of(3));
        Assert.Equal([3, 2, 1], Drain(queue));
    }

    [Fact]
    public void A_stable_priority_queue_keeps_the_order_of_equals()
    {
        var queue = new UnboundedStablePriorityMessageQueue(static m => ((string)m).Length, 4);
        foreach (var text in (string[])["ccc", "a", "bb", "b", "aa", "c"])
            queue.Enqueue(ActorRefs.Nobody, Of(text));
        Assert.Equal(["a", "b", "c", "bb", "aa", "ccc"], Drain(queue));
    }

    [Fact]
    public async Task A_message_for_which_a_bounded_mailbox_has_no_room_becomes_a_dead_letter()
    {
        var letters = new List<object>();
        using var entered = new SemaphoreSlim(0);
        using var go = new ManualResetEventSlim();
        var listener = Sys.ActorOf(Does.With((m, _) =>
        {
            lock (letters)
                letters.Add(((Akka.Event.DeadLetter)m).Message);
        }));
        Sys.EventStream.Subscribe(listener, typeof(Akka.Event.DeadLetter));
        var seen = new List<object>();
        var actor = Sys.ActorOf(Does.With((m, _) =>
        {
            lock (seen)
                seen.Add(m);
            if (m is not 0)
                return;
            entered.Release();
            go.Wait();
        }).WithMailbox("small"));

        actor.Tell(0);
        await entered.WaitAsync(Patience);
        for (var i = 1; i <= 5; i++)
            actor.Tell(i);
        go.Set();
        await Eventually(() => Locked(letters).Count == 3 && Locked(seen).Count == 3, "two fit beside the one in process");
        Assert.Equal([3, 4, 5], Locked(letters));
        Assert.Equal([0, 1, 2], Locked(seen));
    }

    [Fact]
    public async Task A_priority_mailbox_is_named_by_the_configuration()
    {
        var seen = new List<string>();
        using var go = new ManualResetEventSlim();
        using var entered = new SemaphoreSlim(0);
        var done = new TaskCompletionSource();
        var actor = Sys.ActorOf(Does.With((m, _) =>
        {
            entered.Release();
            go.Wait();
            seen.Add((string)m);
            if (seen.Count == 4)
                done.SetResult();
        }).WithMailbox("by-length"));
        actor.Tell("start");
        await entered.WaitAsync(Patience);
        actor.Tell("ccc");
        actor.Tell("bb");
        actor.Tell("a");
        go.Set();
        await done.Task.WaitAsync(Patience);
        Assert.Equal(["a", "bb", "ccc"], seen.Where(s => s != "start"));
    }

    private static List<object> Drain(IMessageQueue queue)
    {
        var all = new List<object>();
        while (queue.TryDequeue(out var envelope))
            all.Add(envelope.Message);
        Assert.False(queue.HasMessages);
        return all;
    }

    private static List<object> Locked(List<object> list)
    {
        lock (list)
            return [.. list];
    }
}

public sealed class ShortestFirst(Settings settings, Config config) : UnboundedStablePriorityMailbox(settings, config)
{
    protected override int PriorityGenerator(object message) => ((string)message).Length;
}
