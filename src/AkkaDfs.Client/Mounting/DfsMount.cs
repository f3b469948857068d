// Mounting a cluster: the way of a program to it.

using AkkaDfs.Fuse;
using AkkaDfs.Shared;

namespace AkkaDfs.Client;

/// <summary>Mounts clusters.</summary>
public static class DfsMount
{
    /// <summary>Mounts a cluster's root on a directory, and serves it in the background until the result is disposed of or somebody unmounts it.</summary>
    /// <param name="client">The way to the cluster; stays the caller's, and has to stay until the mount has ended.</param>
    /// <param name="mountPoint">An existing directory. A program must not use its own mount from pool threads: the mount needs them to answer.</param>
    /// <param name="options">How; null for everything by default.</param>
    /// <param name="log">Takes lines about what went wrong.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="Shared.DfsException">LocalFileError: why it cannot be mounted. NoMetaAvailable and others: why there is no session.</exception>
    public static async Task<Mount> StartAsync(
        DfsClient client, string mountPoint, MountOptions? options = null, Action<string>? log = null, CancellationToken cancellationToken = default)
    {
        var mount = options ?? MountOptions.Parse([]);
        var session = await client.StartSessionAsync(cancellationToken: cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
        var tree = new Mounting.MountedTree(client.Context, session, new CallOptions { Timeout = mount.Deadline });
        return await Mount.StartAsync(tree, mountPoint, mount, log, client.Context.Time).ConfigureAwait(Surroundings.HoldAwaits);
    }
}
