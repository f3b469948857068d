// A node for specs: prints "READY address" when it is up, and ends when its standard input does, or on "stop".
// Arguments: --name SYSTEM  --port N  --provider remote|cluster  --hocon TEXT  --role ROLE  --seed ADDRESS  --singleton  --receptionist
using Akka.Actor;
using Akka.Cluster;
using Akka.Cluster.Tools.Client;
using Akka.Cluster.Tools.Singleton;
using Akka.Configuration;
using AkkaDfs.Engine.TestHost;

var name = Option("--name") ?? "host";
var provider = Option("--provider") ?? "remote";
var role = Option("--role");
var hocon = $$"""
    akka.loglevel = WARNING
    akka.log-dead-letters = off
    akka.actor.provider = {{provider}}
    akka.remote.dot-netty.tcp.hostname = "127.0.0.1"
    akka.remote.dot-netty.tcp.port = {{Option("--port") ?? "0"}}
    akka.cluster.roles = [{{role}}]
    """;
var config = ConfigurationFactory.ParseString(Option("--hocon") ?? string.Empty)
    .WithFallback(ConfigurationFactory.ParseString(hocon))
    .WithFallback(ConfigurationFactory.ParseString(SpecSerializer.Hocon));
var system = ActorSystem.Create(name, config);
var address = ((ExtendedActorSystem)system).Provider.DefaultAddress;
system.ActorOf(Props.Create(() => new Echo()), "echo");
system.ActorOf(Props.Create(() => new Counter()), "counter");
system.ActorOf(Props.Create(() => new Nursery()), "nursery");
if (provider == "cluster")
    await JoinAsync();
Console.WriteLine($"READY {address}");
_ = system.WhenTerminated.ContinueWith(_ => Environment.Exit(0), TaskScheduler.Default);
while (Console.ReadLine() is { } line && line != "stop")
{
}

await CoordinatedShutdown.Get(system).Run(CoordinatedShutdown.ClrExitReason.Instance);
await system.WhenTerminated;

async Task JoinAsync()
{
    var cluster = Cluster.Get(system);
    var up = new TaskCompletionSource();
    cluster.RegisterOnMemberUp(up.SetResult);
    cluster.JoinSeedNodes([Address.Parse(Option("--seed") ?? address.ToString())]);
    if (args.Contains("--singleton"))
    {
        var where = address.ToString();
        system.ActorOf(
            ClusterSingletonManager.Props(Props.Create(() => new Singleton(where)), "end", ClusterSingletonManagerSettings.Create(system).WithRole(role)), "one");
    }

    if (args.Contains("--receptionist"))
    {
        var where = address.ToString();
        var service = system.ActorOf(Props.Create(() => new Singleton(where)), "service");
        ClusterClientReceptionist.Get(system).RegisterService(service);
    }

    await up.Task;
}

string? Option(string key)
{
    var index = Array.IndexOf(args, key);
    return index >= 0 && index + 1 < args.Length ? args[index + 1] : null;
}
