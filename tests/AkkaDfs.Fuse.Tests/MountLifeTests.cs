// A mount's life: its end in use and by signal, a dead one in the way, a cluster that goes away.

using System.Diagnostics;
using AkkaDfs.Client;
using AkkaDfs.Client.Hosting;
using AkkaDfs.Fuse.Device;

namespace AkkaDfs.Fuse.Tests;

[Collection(MountCollection.Name)]
public sealed class MountLifeTests(MountFixture fixture)
{
    [MountFact]
    public async Task A_mount_in_use_is_taken_out_of_the_tree_and_open_files_can_be_finished()
    {
        var point = await fixture.MountAsync("busy");
        var content = await MountFixture.ApartAsync(() =>
        {
            using var file = new FileStream($"{point}/finished", FileMode.Create);
            file.Write("begin "u8);
            file.Flush();
            var ending = fixture.UnmountAsync(point);
            SpinWait.SpinUntil(() => !MountTable.Has(point));
            Assert.False(File.Exists($"{point}/finished"));
            file.Write("end"u8);
            file.Dispose();
            ending.GetAwaiter().GetResult();
            return File.ReadAllText($"{fixture.A}/finished");
        });
        Assert.Equal("begin end", content);
    }

    [MountFact]
    public async Task In_the_background_it_says_when_it_is_ready_and_SIGTERM_unmounts_it()
    {
        var folder = Directory.CreateTempSubdirectory("dfs-background-");
        var point = folder.CreateSubdirectory("mnt").FullName;
        var log = Path.Combine(folder.FullName, "mount.log");
        try
        {
            var said = await RunAsync("mount", point, "--log", log, "--seed", fixture.Cluster.Seeds[0], "-o", "deadline=30,fsname=background");
            Assert.StartsWith($"mounted on {point} (process ", said, StringComparison.Ordinal);
            Assert.True(MountTable.Has(point));
            Assert.Equal("text\n", await MountFixture.ShellAsync(point, "echo text > from-background; cat from-background"));
            await MountFixture.ShellAsync("/", $"kill -TERM {said.Split("process ")[1].Split(',')[0]}");
            await UntilAsync(() => File.ReadAllText(log).Contains("unmounted " + point, StringComparison.Ordinal));
            Assert.False(MountTable.Has(point));
            Assert.Contains("No AkkaDfs is mounted", await RunAsync("umount", point), StringComparison.Ordinal);
        }
        finally
        {
            MountTable.Detach(point);
            folder.Delete(recursive: true);
        }
    }

    [MountFact]
    public async Task What_a_killed_mount_has_left_is_cleared_by_the_next_and_umount_ends_it()
    {
        var folder = Directory.CreateTempSubdirectory("dfs-killed-");
        var point = folder.CreateSubdirectory("mnt").FullName;
        var log = Path.Combine(folder.FullName, "mount.log");
        try
        {
            var said = await RunAsync("mount", point, "--log", log, "--seed", fixture.Cluster.Seeds[0]);
            await MountFixture.ShellAsync(point, "echo kept > kept");
            await MountFixture.ShellAsync("/", $"kill -KILL {said.Split("process ")[1].Split(',')[0]}");
            await UntilAsync(() => !Directory.Exists(point));
            Assert.StartsWith("mounted on", await RunAsync("mount", point, "--log", log, "--seed", fixture.Cluster.Seeds[0]), StringComparison.Ordinal);
            Assert.Equal("kept\n", await MountFixture.ShellAsync(point, "cat kept"));
            await RunAsync("umount", point);
            await UntilAsync(() => File.ReadAllText(log).Contains("unmounted " + point, StringComparison.Ordinal));
            Assert.False(MountTable.Has(point));
            Assert.True(Directory.Exists(point));
        }
        finally
        {
            MountTable.Detach(point);
            folder.Delete(recursive: true);
        }
    }

    [MountFact]
    public async Task Writers_and_readers_go_on_while_a_chunk_server_is_lost_and_replaced()
    {
        const int Lines = 400;
        await using var cluster = await DfsCluster.StartAsync(new DfsClusterOptions { ChunkServers = 4, Node = MountFixture.Node });
        var folder = Directory.CreateTempSubdirectory("dfs-loss-");
        var client = (DfsClient)await cluster.ConnectAsync();
        await using var closing = client;
        try
        {
            var mount = await DfsMount.StartAsync(client, folder.FullName, MountOptions.Parse(["deadline=60"]));
            await using var unmounting = mount;
            var writing = MountFixture.ShellAsync(folder.FullName, $"for i in $(seq {Lines}); do echo $i >> lines || echo failed; [ $i = 50 ] && touch begun; done; tail -n 1 lines");
            while (!(await MountFixture.ShellAsync(folder.FullName, "ls")).Contains("begun", StringComparison.Ordinal))
            {
                await Task.Delay(20);
            }

            var chunks = (await client.GetChunksAsync("/lines")).Chunks;
            await cluster.StopServerAsync((int)chunks[0].Replicas[0].Server.Value);
            Assert.Equal($"{Lines}\n", await writing);
            Assert.Equal(string.Concat(Enumerable.Range(1, Lines).Select(i => $"{i}\n")), await MountFixture.ShellAsync(folder.FullName, "cat lines"));
        }
        finally
        {
            MountTable.Detach(folder.FullName);
            folder.Delete(recursive: true);
        }
    }

    [MountFact]
    public async Task Without_its_cluster_it_waits_until_the_deadline_and_answers_with_an_error()
    {
        var folder = Directory.CreateTempSubdirectory("dfs-orphan-");
        var point = folder.CreateSubdirectory("mnt").FullName;
        try
        {
            var cluster = await DfsCluster.StartAsync(new DfsClusterOptions { ChunkServers = 1, Node = MountFixture.Node });
            var client = DfsClient.Start(new DfsClientOptions { Seeds = cluster.Seeds, Node = MountFixture.Node });
            var mount = await DfsMount.StartAsync(client, point, MountOptions.Parse(["deadline=2"]));
            await MountFixture.ShellAsync(point, "mkdir d");
            await cluster.DisposeAsync();
            Assert.Contains("Input/output error", await MountFixture.ShellAsync("/", $"ls {point}/d; touch {point}/f"), StringComparison.Ordinal);
            await mount.DisposeAsync();
            await client.DisposeAsync();
            Assert.False(MountTable.Has(point));
        }
        finally
        {
            MountTable.Detach(point);
            folder.Delete(recursive: true);
        }
    }

    private static async Task<string> RunAsync(params string[] arguments)
    {
        using var process = Process.Start(SelfProcess.StartInfo(arguments))!;
        process.StandardInput.Close();
        var error = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return output + await error;
    }

    private static async Task UntilAsync(Func<bool> isTrue)
    {
        while (!isTrue())
        {
            await Task.Delay(20);
        }
    }
}
