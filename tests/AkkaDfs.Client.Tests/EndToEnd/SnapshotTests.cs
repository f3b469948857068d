// Snapshots on a real cluster: what they show is what was acknowledged before they were taken, and it never changes.

using AkkaDfs.Client.Tests.Fakes;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;
using static AkkaDfs.Client.Tests.Files.ReadTests;

namespace AkkaDfs.Client.Tests.EndToEnd;

[Collection(ClusterCollection.Name)]
public sealed class SnapshotTests(ClusterFixture fixture)
{
    private static readonly CreateOptions Classroom = new() { Layout = new FileLayout(ChunkSizeBytes: 8192), MakeParents = true };

    private IDfsClient Client => fixture.Cluster.Client;

    [Fact]
    public async Task A_snapshot_is_taken_listed_read_and_deleted_on_the_command_line()
    {
        await WriteAsync("/snap-cli/below/f", Content(20_000, 1));
        var made = await RealCli.RunAsync(fixture.Cluster, "snapshot", "create", "/snap-cli", "monday");
        Assert.Equal((0, "/snap-cli/.snapshot/monday\n"), (made.ExitCode, made.Out));
        Assert.Contains("already", (await RealCli.RunAsync(fixture.Cluster, "snapshot", "create", "/snap-cli", "monday")).Error, StringComparison.Ordinal);
        await WriteAsync("/snap-cli/below/f", Content(100, 2));
        await Client.RemoveAsync("/snap-cli/below/f");
        var listed = await RealCli.RunAsync(fixture.Cluster, "snapshot", "list", "/snap-cli");
        Assert.Contains("monday", listed.Out, StringComparison.Ordinal);
        Assert.Contains("\"name\": \"monday\"", (await RealCli.RunAsync(fixture.Cluster, "--json", "snapshot", "list", "/snap-cli")).Out, StringComparison.Ordinal);
        Assert.Equal(Content(20_000, 1), (await RealCli.RunAsync(fixture.Cluster, "cat", "/snap-cli/.snapshot/monday/below/f")).Bytes);
        Assert.StartsWith("below", (await RealCli.RunAsync(fixture.Cluster, "ls", "/snap-cli/.snapshot/monday")).Out);
        Assert.Contains("3 chunks", (await RealCli.RunAsync(fixture.Cluster, "fsck", "/snap-cli/.snapshot/monday/below/f")).Out, StringComparison.Ordinal);
        Assert.Equal(0, (await RealCli.RunAsync(fixture.Cluster, "explain", "/snap-cli/.snapshot/monday/below/f")).ExitCode);
        var refused = await RealCli.RunAsync(fixture.Cluster, "rm", "-r", "--skip-trash", "/snap-cli");
        Assert.NotEqual(0, refused.ExitCode);
        Assert.Contains("snapshot", refused.Error, StringComparison.Ordinal);
        Assert.Equal(0, (await RealCli.RunAsync(fixture.Cluster, "snapshot", "delete", "/snap-cli", "monday")).ExitCode);
        Assert.NotEqual(0, (await RealCli.RunAsync(fixture.Cluster, "cat", "/snap-cli/.snapshot/monday/below/f")).ExitCode);
        Assert.Equal(0, (await RealCli.RunAsync(fixture.Cluster, "rm", "-r", "--skip-trash", "/snap-cli")).ExitCode);
    }

    [Fact]
    public async Task Nothing_in_a_snapshot_can_be_changed()
    {
        await WriteAsync("/snap-ro/f", Content(100, 1));
        await Client.CreateSnapshotAsync("/snap-ro", "s");
        const string Past = "/snap-ro/.snapshot/s";
        await RefusedAsync(() => Client.CreateAsync($"{Past}/new", Classroom));
        await RefusedAsync(() => Client.RemoveAsync($"{Past}/f"));
        await RefusedAsync(() => Client.RemoveAsync(Past));
        await RefusedAsync(() => Client.RenameAsync($"{Past}/f", "/snap-ro/g"));
        await RefusedAsync(() => Client.RenameAsync("/snap-ro/f", $"{Past}/g"));
        await RefusedAsync(() => Client.MakeDirectoryAsync($"{Past}/d"));
        await RefusedAsync(() => Client.SetLengthAsync($"{Past}/f", 1));
        await RefusedAsync(async () => await (await Client.OpenAsync($"{Past}/f")).WriteAsync(0, Content(10, 3)));
        await RefusedAsync(() => Client.MakeDirectoryAsync("/snap-ro/.snapshot"));
        Assert.Equal(Content(100, 1), await ReadAllAsync(Client, $"{Past}/f"));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task What_was_acknowledged_before_is_in_it_and_what_came_later_is_not_whatever_is_done_to_the_files(int seed)
    {
        var random = new Random(seed);
        var root = $"/snap-twin-{seed}";
        var twin = new Dictionary<string, byte[]>();
        var open = new Dictionary<string, DfsFile>();
        var taken = new Dictionary<string, Dictionary<string, byte[]>>();
        await Client.MakeDirectoryAsync(root);
        for (var step = 0; step < 120; step++)
        {
            var name = $"f{random.Next(4)}";
            var path = $"{root}/{name}";
            var data = Content(random.Next(1, 6_000), step);
            if (!twin.ContainsKey(name))
            {
                open[name] = await Client.CreateAsync(path, Classroom);
                twin[name] = [];
                continue;
            }

            await ChangeAsync(new Step(random, root, name, data, $"s{step}"), twin, open, taken);
            if (taken.Count > 0 && random.Next(4) == 0)
            {
                var gone = taken.Keys.Order().ElementAt(random.Next(taken.Count));
                await CheckAsync(root, gone, taken[gone]);
                if (taken.Count > 6)
                {
                    await Client.DeleteSnapshotAsync(root, gone);
                    taken.Remove(gone);
                }
            }
        }

        foreach (var (snapshot, files) in taken)
        {
            await CheckAsync(root, snapshot, files);
        }

        foreach (var (name, content) in twin)
        {
            Assert.Equal(content, await ReadAllAsync(Client, $"{root}/{name}"));
        }
    }

    [Fact]
    public async Task Writers_that_never_stop_find_each_append_either_in_every_later_snapshot_or_in_none()
    {
        const int Writers = 4;
        await Client.MakeDirectoryAsync("/snap-live");
        using var stop = new CancellationTokenSource();
        var acknowledged = new int[Writers];
        var writers = Enumerable.Range(0, Writers).Select(async w =>
        {
            var file = await Client.CreateAsync($"/snap-live/w{w}", Classroom);
            for (var i = 1; !stop.IsCancellationRequested; i++)
            {
                await file.AppendAsync(BitConverter.GetBytes(i));
                Volatile.Write(ref acknowledged[w], i);
            }
        }).ToArray();
        var bounds = new List<(string Name, int[] Before, int[] After)>();
        for (var s = 0; s < 8; s++)
        {
            var least = acknowledged.Sum() + 20;
            await Eventually.AssertAsync(() => Assert.True(acknowledged.Sum() >= least));
            var before = Enumerable.Range(0, Writers).Select(w => Volatile.Read(ref acknowledged[w])).ToArray();
            await Client.CreateSnapshotAsync("/snap-live", $"s{s}");
            var after = Enumerable.Range(0, Writers).Select(w => Volatile.Read(ref acknowledged[w])).ToArray();
            bounds.Add(($"s{s}", before, after));
        }

        await stop.CancelAsync();
        await Task.WhenAll(writers);
        foreach (var (name, before, after) in bounds)
        {
            for (var w = 0; w < Writers; w++)
            {
                // One more may have been on its way when the snapshot was taken, and be acknowledged just after it.
                var bytes = before[w] == 0 && await IsMissingAsync($"/snap-live/.snapshot/{name}/w{w}") ? [] : await ReadAllAsync(Client, $"/snap-live/.snapshot/{name}/w{w}");
                var numbers = bytes.Chunk(4).Select(b => BitConverter.ToInt32(b)).ToArray();
                Assert.Equal(Enumerable.Range(1, numbers.Length), numbers);
                Assert.InRange(numbers.Length, before[w], after[w] + 1);
            }
        }
    }

    private async Task ChangeAsync(
        Step at, Dictionary<string, byte[]> twin, Dictionary<string, DfsFile> open, Dictionary<string, Dictionary<string, byte[]>> taken)
    {
        var now = twin[at.Name];
        var path = $"{at.Root}/{at.Name}";
        switch (at.Random.Next(9))
        {
            case 0 or 1:
                var offset = at.Random.Next(0, now.Length + 1);
                await open[at.Name].WriteAsync(offset, at.Data);
                Array.Resize(ref now, Math.Max(now.Length, offset + at.Data.Length));
                at.Data.CopyTo(now.AsSpan(offset));
                twin[at.Name] = now;
                break;
            case 2 or 3:
                Assert.Equal(now.Length, await open[at.Name].AppendAsync(at.Data));
                twin[at.Name] = [.. now, .. at.Data];
                break;
            case 4:
                var length = at.Random.Next(0, 30_000);
                await open[at.Name].SetLengthAsync(length);
                Array.Resize(ref now, length);
                twin[at.Name] = now;
                break;
            case 5:
                await Client.RemoveAsync(path);
                twin.Remove(at.Name);
                break;
            case 6:
                var other = $"f{at.Random.Next(4)}";
                if (other != at.Name)
                {
                    await Client.RenameAsync(path, $"{at.Root}/{other}");
                    (twin[other], open[other]) = (now, open[at.Name]);
                    twin.Remove(at.Name);
                }

                break;
            default:
                    await Client.CreateSnapshotAsync(at.Root, at.Snapshot);
                taken[at.Snapshot] = twin.ToDictionary(t => t.Key, t => t.Value.ToArray());
                break;
        }
    }

    private sealed record Step(Random Random, string Root, string Name, byte[] Data, string Snapshot);

    private async Task CheckAsync(string root, string snapshot, Dictionary<string, byte[]> files)
    {
        var names = new List<string>();
        await foreach (var entry in Client.ListAsync($"{root}/.snapshot/{snapshot}"))
        {
            names.Add(entry.Name);
        }

        Assert.Equal(files.Keys.Order(StringComparer.Ordinal), names);
        foreach (var (name, content) in files)
        {
            var path = $"{root}/.snapshot/{snapshot}/{name}";
            Assert.Equal(content.Length, (await Client.StatAsync(path)).LengthBytes);
            Assert.Equal(content, await ReadAllAsync(Client, path));
        }
    }

    private async Task<bool> IsMissingAsync(string path)
    {
        try
        {
            await Client.StatAsync(path);
            return false;
        }
        catch (DfsException e) when (e.Code == DfsErrorCode.FileNotFound)
        {
            return true;
        }
    }

    private async Task WriteAsync(string path, byte[] content)
    {
        await using var file = await Client.CreateAsync(path, Classroom with { Disposition = MetaProtocol.Disposition.Replace });
        await file.WriteAsync(0, content);
    }

    private static async Task RefusedAsync(Func<Task> act)
        => Assert.Equal(DfsErrorCode.SnapshotReadOnly, (await Assert.ThrowsAsync<DfsException>(act)).Code);
}
