// Reading: any replica will do, failures are not noticed, the work is shared, and what was acknowledged is seen.

using AkkaDfs.Client.Tests.Fakes;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Client.Tests.Files;

public sealed class ReadTests
{
    [Fact]
    public async Task What_is_written_is_read_back_whatever_the_chunk_size()
    {
        foreach (var chunkSize in new[] { 8, 100, 1024, 8192, 100_000 })
        {
            var cluster = new FakeCluster(chunkSizeBytes: chunkSize);
            await using var client = cluster.Client();
            var content = Content(5000, chunkSize);
            await WriteAsync(client, "/f", content);
            Assert.Equal(content, await ReadAllAsync(client, "/f"));
            Assert.Equal(5000, (await client.StatAsync("/f")).LengthBytes);
        }
    }

    [Fact]
    public async Task S1_12_Reads_start_at_any_offset_and_end_at_the_end()
    {
        var cluster = new FakeCluster();
        await using var client = cluster.Client();
        var content = Content(10_000, 1);
        await WriteAsync(client, "/f", content);
        var random = new Random(3);
        for (var i = 0; i < 100; i++)
        {
            var offset = random.Next(0, 11_000);
            var buffer = new byte[random.Next(1, 4000)];
            var read = await client.ReadAsync("/f", offset, buffer);
            Assert.Equal(Math.Clamp(10_000 - offset, 0, buffer.Length), read);
            Assert.Equal(content.Skip(offset).Take(read), buffer.Take(read));
        }
    }

    [Fact]
    public async Task Streams_seek_and_small_reads_give_the_same_bytes()
    {
        var cluster = new FakeCluster();
        await using var client = cluster.Client();
        var content = Content(20_000, 4);
        await WriteAsync(client, "/f", content);
        await using var stream = await client.OpenReadAsync("/f");
        var random = new Random(9);
        for (var i = 0; i < 50; i++)
        {
            var offset = stream.Seek(random.Next(0, 20_000), SeekOrigin.Begin);
            var buffer = new byte[random.Next(1, 3000)];
            var read = await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false);
            Assert.Equal(content.Skip((int)offset).Take(buffer.Length), buffer.Take(read));
        }

        Assert.Equal(20_000, stream.Length);
        stream.Seek(-5, SeekOrigin.End);
        Assert.Equal(content[^5..], stream.ReadBytes(10));
    }

    [Fact]
    public async Task S1_19_Every_replica_serves_reads()
    {
        var cluster = new FakeCluster();
        await using var client = cluster.Client();
        await WriteAsync(client, "/f", Content(100, 1));
        for (var i = 0; i < 60; i++)
        {
            await client.ReadAsync("/f", 0, new byte[100]);
        }

        Assert.All(cluster.Servers, s => Assert.True(s.ReadsServed > 5, $"server {s.Id} served {s.ReadsServed}"));
    }

    [Fact]
    public async Task S3_15_16_17_A_download_takes_equal_parts_from_all_servers()
    {
        var cluster = new FakeCluster(chunkSizeBytes: 1 << 20);
        await using var client = cluster.Client();
        await WriteAsync(client, "/f", Content(900_000, 1));
        Assert.Equal(900_000, (await ReadAllAsync(client, "/f")).Length);
        Assert.All(cluster.Servers, s => Assert.InRange(s.BytesServed, 250_000, 350_000));
    }

    [Theory]
    [InlineData((int)ServerMood.Corrupt, DfsErrorCode.ReplicaCorrupt)]
    [InlineData((int)ServerMood.Refusing, DfsErrorCode.ConnectionRefused)]
    public async Task S2_10_11_Another_replica_takes_over_and_meta_is_told(int mood, DfsErrorCode reported)
    {
        var cluster = new FakeCluster();
        await using var client = cluster.Client();
        var content = Content(30_000, 1);
        await WriteAsync(client, "/f", content);
        cluster.Servers[0].Mood = (ServerMood)mood;
        cluster.Servers[2].Mood = (ServerMood)mood;
        Assert.Equal(content, await ReadAllAsync(client, "/f"));
        await Eventually.AssertAsync(() => Assert.Contains(
            cluster.Meta.Requests<MetaProtocol.ReportReplica>(), r => r.Server == cluster.Servers[0].Id && r.Code == reported));
    }

    [Fact]
    public async Task S2_31_A_silent_server_does_not_hold_a_read_up()
    {
        var cluster = new FakeCluster();
        await using var client = cluster.Client();
        var content = Content(30_000, 1);
        await WriteAsync(client, "/f", content);
        cluster.Servers[1].Mood = ServerMood.Silent;
        Assert.Equal(content, await ReadAllAsync(client, "/f"));
    }

    [Fact]
    public async Task S1_13_Without_any_replica_a_read_waits_until_its_deadline_and_says_why()
    {
        var cluster = new FakeCluster();
        await using var client = cluster.Client();
        await WriteAsync(client, "/f", Content(100, 1));
        await using var stream = await client.OpenReadAsync("/f", new CallOptions { Timeout = TimeSpan.FromMilliseconds(300) });
        foreach (var server in cluster.Servers)
        {
            server.Mood = ServerMood.Refusing;
        }

        var error = await Assert.ThrowsAsync<DfsException>(async () => await stream.ReadExactlyAsync(new byte[10]));
        Assert.Equal(DfsErrorCode.NoReplicaAvailable, error.Code);
        Assert.Contains("ConnectionRefused", error.Message, StringComparison.Ordinal);
        Assert.Contains("dfs nodes", error.Message, StringComparison.Ordinal);

        cluster.Servers[2].Mood = ServerMood.Well;
        await stream.ReadExactlyAsync(new byte[100]);
    }

    [Fact]
    public async Task S2_16_17_30_A_read_goes_on_when_one_replica_comes_back()
    {
        var cluster = new FakeCluster();
        await using var client = cluster.Client();
        var content = Content(100, 1);
        await WriteAsync(client, "/f", content);
        var file = await client.OpenAsync("/f");
        foreach (var server in cluster.Servers)
        {
            server.Mood = ServerMood.Refusing;
        }

        var buffer = new byte[100];
        var reading = file.ReadAsync(0, buffer);
        await Eventually.AssertAsync(() => Assert.True(cluster.Meta.Count<MetaProtocol.GetChunks>() > 3));
        cluster.Servers[0].Mood = ServerMood.Well;
        Assert.Equal(100, await reading);
        Assert.Equal(content, buffer);
    }

    [Fact]
    public async Task A_changed_generation_is_looked_up_without_the_reader_noticing()
    {
        var cluster = new FakeCluster(servers: 5);
        await using var client = cluster.Client();
        var content = Content(5000, 1);
        await WriteAsync(client, "/f", content);
        await using var stream = await client.OpenReadAsync("/f");
        foreach (var chunk in cluster.Chunks.Values)
        {
            cluster.Reconfigure(chunk, chunk.Location.Replicas[0].Server);
        }

        Assert.Equal(content, stream.ReadBytes(6000));
    }

    [Fact]
    public async Task Holes_and_gaps_read_as_NUL()
    {
        var cluster = new FakeCluster(chunkSizeBytes: 100);
        await using var client = cluster.Client();
        await using var file = await client.CreateAsync("/f");
        await file.WriteAsync(0, Content(50, 1));
        await file.WriteAsync(730, Content(20, 2));
        Assert.Equal(750, await file.GetLengthAsync());
        var all = await ReadAllAsync(client, "/f");
        Assert.Equal(Content(50, 1), all[..50]);
        Assert.All(all[50..730], b => Assert.Equal(0, b));
        Assert.Equal(Content(20, 2), all[730..]);
    }

    [Fact]
    public async Task An_open_reader_sees_what_was_appended_after_it_was_opened()
    {
        var cluster = new FakeCluster(chunkSizeBytes: 100);
        await using var client = cluster.Client();
        await using var writer = cluster.Client();
        await WriteAsync(client, "/f", Content(10, 1));
        await using var stream = await client.OpenReadAsync("/f");
        Assert.Equal(10, stream.ReadBytes(1000).Length);
        for (var i = 0; i < 20; i++)
        {
            await writer.AppendAsync("/f", Content(33, i));
            Assert.Equal(Content(33, i), stream.ReadBytes(1000));
        }
    }

    [Fact]
    public async Task A_hole_that_somebody_fills_is_not_remembered_as_a_hole()
    {
        var cluster = new FakeCluster(chunkSizeBytes: 100);
        await using var client = cluster.Client();
        await using var other = cluster.Client();
        await using var file = await client.CreateAsync("/f");
        await file.WriteAsync(500, Content(10, 1));
        var buffer = new byte[100];
        Assert.Equal(100, await file.ReadAsync(200, buffer));
        Assert.All(buffer, b => Assert.Equal(0, b));
        await other.WriteAsync("/f", 200, Content(100, 2));
        Assert.Equal(100, await file.ReadAsync(200, buffer));
        Assert.Equal(Content(100, 2), buffer);
    }

    [Fact]
    public async Task A_cancelled_read_is_cancelled()
    {
        var cluster = new FakeCluster();
        await using var client = cluster.Client();
        await WriteAsync(client, "/f", Content(100, 1));
        var file = await client.OpenAsync("/f");
        foreach (var server in cluster.Servers)
        {
            server.Mood = ServerMood.Silent;
        }

        using var cancel = new CancellationTokenSource();
        var reading = file.ReadAsync(0, new byte[100], cancellationToken: cancel.Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
    }

    internal static byte[] Content(int length, int seed)
    {
        var bytes = new byte[length];
        new Random(seed + length).NextBytes(bytes);
        return bytes;
    }

    internal static async Task WriteAsync(IDfsClient client, string path, byte[] content, CreateOptions? create = null)
    {
        await using var stream = await client.OpenWriteAsync(path, create);
        await stream.WriteAsync(content);
    }

    internal static async Task<byte[]> ReadAllAsync(IDfsClient client, string path)
    {
        await using var stream = await client.OpenReadAsync(path);
        using var all = new MemoryStream();
        await stream.CopyToAsync(all);
        return all.ToArray();
    }
}

internal static class StreamExtensions
{
    public static byte[] ReadBytes(this Stream stream, int most)
    {
        var buffer = new byte[most];
        var read = stream.ReadAtLeast(buffer, most, throwOnEndOfStream: false);
        return buffer[..read];
    }
}
