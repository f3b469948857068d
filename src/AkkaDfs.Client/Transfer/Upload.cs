// Stores local files and folders: directories first, then many files at once. With verification each file is read back and
// its SHA-256 compared.

using System.Collections.Concurrent;
using System.Security.Cryptography;
using AkkaDfs.Client.Files;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Client.Transfer;

/// <summary>How to store files.</summary>
/// <param name="ParallelFiles">Files at once.</param>
/// <param name="Layout">How they are stored.</param>
/// <param name="Disposition">What to do with existing ones.</param>
/// <param name="Call">Deadline, acknowledgement and sync of each operation.</param>
/// <param name="Verify">Read everything back and compare.</param>
internal sealed record UploadOptions(int ParallelFiles, FileLayout Layout, MetaProtocol.Disposition Disposition, CallOptions Call, bool Verify);

/// <summary>One upload.</summary>
internal sealed class Upload(IDfsClient client, UploadOptions options, TransferProgress progress)
{
    private const int ReadBytes = 1024 * 1024;

    private readonly ConcurrentQueue<string> _differing = new();

    /// <summary>Stores a tree.</summary>
    /// <exception cref="DfsException">The first failure; ContentMismatch when what was read back differs.</exception>
    public async Task RunAsync(LocalTree tree, CancellationToken cancellationToken)
    {
        foreach (var (remote, mode) in tree.Directories)
        {
            await client.MakeDirectoryAsync(remote, makeParents: true, mode, options.Call, cancellationToken).ConfigureAwait(false);
        }

        await Bounded.ForEachAsync(tree.Files, options.ParallelFiles, StoreAsync, cancellationToken).ConfigureAwait(false);
        if (!_differing.IsEmpty)
        {
            throw new DfsException(
                DfsErrorCode.ContentMismatch,
                $"What was read back is not what was stored: {string.Join(", ", _differing.Take(5))}{(_differing.Count > 5 ? $" and {_differing.Count - 5} more" : string.Empty)}. Keep the originals; look at dfs stat --chunks of these files.");
        }
    }

    private async Task StoreAsync(UploadFile file, CancellationToken cancellationToken)
    {
        var create = new CreateOptions
        {
            Layout = options.Layout, Disposition = options.Disposition, Mode = file.Mode, ExpectsContent = file.LengthBytes > 0,
        };
        byte[] sent;
        var local = new FileStream(file.Local, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.SequentialScan);
        await using (local.ConfigureAwait(false))
        {
            var remote = await client.OpenWriteAsync(file.Remote, create, options.Call, cancellationToken).ConfigureAwait(false);
            await using (remote.ConfigureAwait(false))
            {
                sent = await CopyAsync(local, remote, file.LengthBytes, cancellationToken).ConfigureAwait(false);
            }
        }

        if (options.Verify)
        {
            var found = await HashAsync(file.Remote, cancellationToken).ConfigureAwait(false);
            if (!sent.AsSpan().SequenceEqual(found))
            {
                _differing.Enqueue(file.Remote);
            }
        }

        progress.AddFile();
    }

    private async Task<byte[]> CopyAsync(Stream from, Stream to, long expectedBytes, CancellationToken cancellationToken)
    {
        using var hash = options.Verify ? IncrementalHash.CreateHash(HashAlgorithmName.SHA256) : null;
        var buffer = System.Buffers.ArrayPool<byte>.Shared.Rent((int)Math.Clamp(expectedBytes, 4096, ReadBytes));
        try
        {
            int read;
            while ((read = await from.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0)
            {
                hash?.AppendData(buffer, 0, read);
                await to.WriteAsync(buffer.AsMemory(0, read), cancellationToken).ConfigureAwait(false);
                progress.AddBytes(read);
            }
        }
        finally
        {
            System.Buffers.ArrayPool<byte>.Shared.Return(buffer);
        }

        return hash?.GetHashAndReset() ?? [];
    }

    private async Task<byte[]> HashAsync(string remote, CancellationToken cancellationToken)
    {
        var stream = await client.OpenReadAsync(remote, options.Call, cancellationToken).ConfigureAwait(false);
        await using (stream.ConfigureAwait(false))
        {
            return await SHA256.HashDataAsync(stream, cancellationToken).ConfigureAwait(false);
        }
    }
}
