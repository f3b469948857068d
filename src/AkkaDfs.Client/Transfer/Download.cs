// Fetches files and folders. A file is written beside its place under a temporary name and moved there when it is complete,
// so that an interrupted download never leaves half a file under the right name.

using AkkaDfs.Client.Core;
using AkkaDfs.Client.Files;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Client.Transfer;

/// <summary>A remote file and where it goes.</summary>
internal sealed record DownloadFile(string Remote, string Local, long LengthBytes, uint Mode);

/// <summary>What is to be fetched.</summary>
internal sealed class DownloadPlan
{
    public List<string> Directories { get; } = [];

    public List<DownloadFile> Files { get; } = [];

    public List<string> Skipped { get; } = [];

    public long TotalBytes => Files.Sum(f => f.LengthBytes);

    /// <summary>Adds a file, or a directory with all below it.</summary>
    public async Task AddAsync(
        IDfsClient client, string remote, string local, bool recursive, CallOptions options, CancellationToken cancellationToken)
    {
        var status = await client.StatAsync(remote, options, cancellationToken).ConfigureAwait(false);
        if (status.Kind == NodeKind.Directory && !recursive)
        {
            throw new DfsException(DfsErrorCode.IsADirectory, $"{remote} is a directory. Give -r to fetch it with all that is in it.");
        }

        await AddAsync(client, remote, local, status, options, cancellationToken).ConfigureAwait(false);
    }

    private async Task AddAsync(
        IDfsClient client, string remote, string local, FileStatus status, CallOptions options, CancellationToken cancellationToken)
    {
        switch (status.Kind)
        {
            case NodeKind.File:
                Files.Add(new DownloadFile(remote, local, status.LengthBytes, status.Mode));
                break;
            case NodeKind.Directory:
                Directories.Add(local);
                await foreach (var entry in client.ListAsync(remote, exactLengths: false, options, cancellationToken).ConfigureAwait(false))
                {
                    await AddAsync(
                        client, RemotePath.Join(remote, entry.Name), Path.Combine(local, entry.Name), entry.Status, options, cancellationToken)
                        .ConfigureAwait(false);
                }

                break;
            default:
                Skipped.Add($"{remote}: a {Names.Kebab(status.Kind)}");
                break;
        }
    }
}

/// <summary>One download.</summary>
internal sealed class Download(IDfsClient client, int parallelFiles, bool force, CallOptions options, TransferProgress progress)
{
    /// <summary>Fetches everything in a plan.</summary>
    public async Task RunAsync(DownloadPlan plan, CancellationToken cancellationToken)
    {
        foreach (var directory in plan.Directories)
        {
            Directory.CreateDirectory(directory);
        }

        await Bounded.ForEachAsync(plan.Files, parallelFiles, FetchAsync, cancellationToken).ConfigureAwait(false);
    }

    private async Task FetchAsync(DownloadFile file, CancellationToken cancellationToken)
    {
        if (!force && File.Exists(file.Local))
        {
            throw new DfsException(DfsErrorCode.AlreadyExists, $"{file.Local} is there already. Give -f to replace it, or another target.");
        }

        var remote = await client.OpenReadAsync(file.Remote, options, cancellationToken).ConfigureAwait(false);
        await using (remote.ConfigureAwait(false))
        {
            var part = Path.Combine(Path.GetDirectoryName(file.Local)!, $".{Guid.NewGuid():N}.dfs-part");
            try
            {
                await WriteAsync(remote, part, file, cancellationToken).ConfigureAwait(false);
                File.Move(part, file.Local, overwrite: force);
            }
            finally
            {
                File.Delete(part);
            }
        }

        progress.AddFile();
    }

    private async Task WriteAsync(DfsStream remote, string part, DownloadFile file, CancellationToken cancellationToken)
    {
        var create = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, BufferSize = 0, PreallocationSize = file.LengthBytes };
        if (!OperatingSystem.IsWindows())
        {
            create.UnixCreateMode = (UnixFileMode)(file.Mode & 0x1FF) | UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        var local = new FileStream(part, create);
        await using (local.ConfigureAwait(false))
        {
            var counting = new CountingStream(local, progress);
            await remote.CopyToAsync(counting, cancellationToken).ConfigureAwait(false);
        }
    }
}
