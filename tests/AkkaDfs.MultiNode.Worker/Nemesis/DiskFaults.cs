// Disks that lie: damaged files at rest, files and folders that are gone, an older copy put back, no space left.

using AkkaDfs.MultiNode.Cluster;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.MultiNode.Nemesis;

internal static class DiskFaults
{
    internal static IReadOnlyList<FaultKind> Kinds { get; } =
    [
        new("flip-data", 3, FaultScope.Damage, (c, r) => DamageAsync(c, r, "flip a bit of", ".dat", FlipBit)),
        new("flip-meta", 2, FaultScope.Damage, (c, r) => DamageAsync(c, r, "flip a bit of", ".meta", FlipBit)),
        new("truncate-data", 2, FaultScope.Damage, (c, r) => DamageAsync(c, r, "truncate", ".dat", Shorten)),
        new("truncate-meta", 1, FaultScope.Damage, (c, r) => DamageAsync(c, r, "truncate", ".meta", Shorten)),
        new("delete-data", 1, FaultScope.Damage, (c, r) => DamageAsync(c, r, "delete", ".dat", (f, _) => File.Delete(f))),
        new("delete-meta", 1, FaultScope.Damage, (c, r) => DamageAsync(c, r, "delete", ".meta", (f, _) => File.Delete(f))),
        new("wipe", 2, FaultScope.Damage, WipeAsync),
        new("wipe-running", 1, FaultScope.Damage, WipeRunningAsync),
        new("rollback", 2, FaultScope.Damage, RollbackAsync),
        new("full", 2, FaultScope.Alone, FillAsync) { NeedsDisks = true },
    ];

    // One file of one replica of one chunk, while its server runs or while it is down.
    private static async Task<bool> DamageAsync(
        NemesisContext context, Random random, string verb, string extension, Action<string, Random> damage)
    {
        var path = context.Files[random.Next(context.Files.Count)];
        var chunks = (await context.Dfs.GetChunksAsync(path)).Chunks;
        var chunk = chunks.Count == 0 ? null : chunks[random.Next(chunks.Count)];
        var replica = chunk?.Replicas.Where(r => r.State == ReplicaState.Live).OrderBy(_ => random.Next()).FirstOrDefault();
        var file = replica is null ? string.Empty : Path.ChangeExtension(replica.Path, extension);
        var server = context.Cluster.ChunkServers.FirstOrDefault(s => file.StartsWith(s.DataFolder, StringComparison.Ordinal));
        if (server is null || !File.Exists(file) || new FileInfo(file).Length == 0 || !context.Touched.Add($"{chunk!.Chunk}"))
        {
            return false;
        }

        var isStopped = random.Next(2) == 0;
        context.Tell($"{verb} {Path.GetFileName(file)} of {server.Name} (chunk {chunk.Index} of {path}), {(isStopped ? "stopped" : "running")}");
        if (isStopped)
        {
            await server.KillAsync();
        }

        damage(file, random);
        if (isStopped)
        {
            await server.StartAsync();
        }

        // What rests is found when it is read.
        context.Tell(await Convergence.ReadUntilEqualAsync(context, path, chunk.Index)
            ? $"chunk {chunk.Index} of {path} is whole"
            : $"chunk {chunk.Index} of {path} is not whole yet");
        return true;
    }

    private static void FlipBit(string file, Random random)
    {
        using var stream = File.Open(file, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        stream.Position = random.NextInt64(stream.Length);
        var value = stream.ReadByte();
        stream.Position--;
        stream.WriteByte((byte)(value ^ (1 << random.Next(8))));
    }

    private static void Shorten(string file, Random random)
    {
        using var stream = File.Open(file, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        stream.SetLength(random.NextInt64(stream.Length));
    }

    private static async Task<bool> WipeAsync(NemesisContext context, Random random)
    {
        var server = ProcessFaults.Take(context, random, 1)[0];
        context.Tell($"wipe {server.Name}");
        await server.KillAsync();
        Directory.Delete(server.DataFolder, recursive: true);
        await server.StartAsync();
        context.Tell($"{server.Name} started");
        return true;
    }

    private static async Task<bool> WipeRunningAsync(NemesisContext context, Random random)
    {
        var server = ProcessFaults.Take(context, random, 1)[0];
        context.Tell($"delete the folder of {server.Name} while it runs");
        await RemoveAsync(server.DataFolder);
        await Task.Delay(random.Next(2000, 10_000));
        if (!server.IsRunning)
        {
            context.Tell($"{server.Name} has ended by itself");
        }

        await server.DisposeAsync();
        await server.StartAsync();
        context.Tell($"{server.Name} started again");
        return true;
    }

    // A running server makes files meanwhile: removing takes several goes.
    private static async Task RemoveAsync(string folder)
    {
        for (var attempt = 0; Directory.Exists(folder) && attempt < 20; attempt++)
        {
            await Tool.TryAsync("rm", "-rf", folder);
        }
    }

    private static async Task<bool> RollbackAsync(NemesisContext context, Random random)
    {
        var server = ProcessFaults.Take(context, random, 1)[0];
        var copy = $"{server.DataFolder}.old";
        var milliseconds = random.Next(3000, 15_000);
        context.Tell($"copy the folder of {server.Name}, to put it back after {milliseconds} ms");
        await server.KillAsync();
        await Tool.RunAsync("cp", "-a", server.DataFolder, copy);
        await server.StartAsync();
        await Task.Delay(milliseconds);
        await Convergence.WaitAsync(context, "before the folder is put back");
        await server.KillAsync();
        Directory.Delete(server.DataFolder, recursive: true);
        Directory.Move(copy, server.DataFolder);
        await server.StartAsync();
        context.Tell($"{server.Name} started with its older folder");
        return true;
    }

    private static async Task<bool> FillAsync(NemesisContext context, Random random)
    {
        var servers = ProcessFaults.Take(context, random, random.Next(1, 3));
        var names = string.Join(" and ", servers.Select(s => s.Name));
        var milliseconds = random.Next(2000, 12_000);
        context.Tell($"fill the disk of {names}, {milliseconds} ms");
        foreach (var server in servers)
        {
            await Tool.TryAsync("dd", "if=/dev/zero", $"of={server.DiskFolder}/ballast", "bs=64k");
        }

        await Task.Delay(milliseconds);
        foreach (var server in servers)
        {
            File.Delete($"{server.DiskFolder}/ballast");
        }

        // Whoever ended because it could not write starts again.
        foreach (var server in servers.Where(s => !s.IsRunning))
        {
            context.Tell($"{server.Name} has ended by itself");
            await server.StartAsync();
        }

        context.Tell($"{names} have space again");
        return true;
    }
}
