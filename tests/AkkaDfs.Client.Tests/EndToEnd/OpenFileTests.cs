// Open files, leases and users on a real cluster.

using AkkaDfs.Client.Tests.Fakes;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;
using static AkkaDfs.Client.Tests.Files.ReadTests;

namespace AkkaDfs.Client.Tests.EndToEnd;

[Collection(ClusterCollection.Name)]
public sealed class OpenFileTests(ClusterFixture fixture)
{
    private IDfsClient Client => fixture.Cluster.Client;

    [Fact]
    public async Task A_removed_file_is_read_and_written_through_its_handle_and_its_replicas_go_when_that_is_closed()
    {
        var content = Content(20_000, 1);
        await WriteAsync(Client, "/open/f", content);
        var replica = (await Client.GetChunksAsync("/open/f")).Chunks[0].Replicas[0];
        await using var session = await Client.StartSessionAsync();
        await using (var handle = await session.OpenAsync(PathRef.Absolute("/open/f")))
        {
            await Client.RemoveAsync("/open/f", skipTrash: true);
            await handle.File.WriteAsync(20_000, content);
            var read = new byte[40_000];
            Assert.Equal(40_000, await handle.File.ReadAsync(0, read));
            Assert.Equal([.. content, .. content], read);
            Assert.True(File.Exists(replica.Path));
        }

        await Eventually.AssertAsync(() => Assert.False(File.Exists(replica.Path)));
    }

    [Fact]
    public async Task S5_05_06_Nobody_else_uploads_or_downloads_a_leased_file()
    {
        await WriteAsync(Client, "/leased", Content(1_000, 2));
        await using var other = await fixture.Cluster.ConnectAsync();
        await using (await other.TakeLeaseAsync("/leased", TimeSpan.FromMinutes(10)))
        {
            Assert.Equal(DfsErrorCode.FileLocked, (await Assert.ThrowsAsync<DfsException>(() => ReadAllAsync(Client, "/leased"))).Code);
            Assert.Equal(DfsErrorCode.FileLocked, (await Assert.ThrowsAsync<DfsException>(() => WriteAsync(Client, "/leased", Content(10, 3)))).Code);
            await WriteAsync(other, "/leased", Content(2_000, 4));
        }

        Assert.Equal(Content(2_000, 4), await ReadAllAsync(Client, "/leased"));
    }

    [Fact]
    public async Task A_removed_file_comes_back_from_the_trash_with_its_content()
    {
        await WriteAsync(Client, "/trash/f", Content(30_000, 5));
        await Client.RemoveAsync("/trash", recursive: true);
        await Client.UndeleteAsync("/trash");
        Assert.Equal(Content(30_000, 5), await ReadAllAsync(Client, "/trash/f"));
    }
}
