// A node that somebody here has started and will stop.

namespace AkkaDfs.Client.Hosting;

/// <summary>A running node.</summary>
internal interface IHostedNode : IAsyncDisposable
{
    /// <summary>What it is called: "meta" or "server-3", also the name of its folder.</summary>
    string Name { get; }

    /// <summary>host:port of its actor system.</summary>
    string Address { get; }

    /// <summary>Its process; this one for nodes inside it.</summary>
    int ProcessId { get; }

    /// <summary>Ends it with SIGKILL; only for nodes with a process of their own.</summary>
    Task KillAsync();
}
