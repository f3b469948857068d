// The actors that specs and benchmarks talk to.
using Akka.Actor;

namespace AkkaDfs.Engine.TestHost;

/// <summary>Sends everything back.</summary>
public sealed class Echo : UntypedActor
{
    /// <inheritdoc/>
    protected override void OnReceive(object message) => Sender.Tell(message);
}

/// <summary>Counts numbered messages, and those that come twice or too late, by source.</summary>
public sealed class Counter : ReceiveActor
{
    private readonly Dictionary<int, long> _last = [];
    private readonly Tally _tally = new();

    /// <summary>Counts from nothing.</summary>
    public Counter()
    {
        Receive<Numbered>(Count);
        Receive<GetTally>(_ => Sender.Tell(_tally.Clone()));
    }

    private void Count(Numbered message)
    {
        _tally.Count++;
        var last = _last.GetValueOrDefault(message.Source, -1);
        if (message.Number == last)
            _tally.Duplicates++;
        else if (message.Number < last)
            _tally.OutOfOrder++;
        else
            _last[message.Source] = message.Number;
    }
}

/// <summary>Makes actors by name, stops them, and tells them to watch.</summary>
public sealed class Nursery : ReceiveActor
{
    /// <summary>"make NAME" and "stop NAME"; answers with the reference, as <see cref="Introduction"/>, or "stopped".</summary>
    public Nursery() => Receive<string>(command =>
    {
        var name = command[5..];
        if (command.StartsWith("make ", StringComparison.Ordinal))
        {
            Sender.Tell(new Introduction(Context.ActorOf(Props.Create(() => new Echo()), name)));
        }
        else
        {
            Context.Stop(Context.Child(name));
            Sender.Tell("stopped");
        }
    });
}

/// <summary>Says where it runs, and echoes everything else.</summary>
public sealed class Singleton : ReceiveActor
{
    /// <summary>"where" gives the node's address, "members" how many members the cluster has; "end" stops it.</summary>
    public Singleton(string address)
    {
        Receive<string>(text => text == "where", _ => Sender.Tell(address));
        Receive<string>(text => text == "members", _ => Sender.Tell($"{Akka.Cluster.Cluster.Get(Context.System).State.Members.Count} members"));
        Receive<string>(text => text == "end", _ => Context.Stop(Self));
        ReceiveAny(message => Sender.Tell(message));
    }
}
