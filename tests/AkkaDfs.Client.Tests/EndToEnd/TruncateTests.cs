// Files that are made shorter and longer, by one client under the eyes of others who had them open before.

using AkkaDfs.Client.Tests.Fakes;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;
using static AkkaDfs.Client.Tests.Files.ReadTests;

namespace AkkaDfs.Client.Tests.EndToEnd;

[Collection(ClusterCollection.Name)]
public sealed class TruncateTests(ClusterFixture fixture)
{
    private static readonly CreateOptions Classroom = new() { Layout = new FileLayout(ChunkSizeBytes: 8192) };

    private IDfsClient Client => fixture.Cluster.Client;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(8191)]
    [InlineData(8192)]
    [InlineData(8193)]
    [InlineData(40_000)]
    [InlineData(100_000)]
    [InlineData(300_000)]
    public async Task A_file_is_cut_or_extended_to_any_length(int length)
    {
        var path = $"/truncate-{length}";
        var content = Content(100_000, length);
        await using (var file = await Client.CreateAsync(path, Classroom))
        {
            await file.WriteAsync(0, content);
        }

        await Client.SetLengthAsync(path, length);
        Assert.Equal(length, (await Client.StatAsync(path)).LengthBytes);
        var expected = new byte[length];
        content.AsSpan(0, Math.Min(length, content.Length)).CopyTo(expected);
        Assert.Equal(expected, await ReadAllAsync(Client, path));
        var chunks = (await Client.GetChunksAsync(path)).Chunks;
        Assert.Equal(Math.Max(1, (length + 8191) / 8192), chunks.Count);
        await Client.SetLengthAsync(path, 100_000);
        Array.Resize(ref expected, 100_000);
        Assert.Equal(expected, await ReadAllAsync(Client, path));
    }

    [Theory]
    [InlineData(7)]
    [InlineData(136)]
    [InlineData(137)]
    public async Task Whoever_has_the_file_open_sees_every_change_of_its_length_at_once(int seed)
    {
        // One operation after the other, by any of three who know nothing of each other: all are as if there were one array.
        var random = new Random(seed);
        var twin = Array.Empty<byte>();
        var history = new List<string>();
        var first = await Client.CreateAsync($"/truncate-twin-{seed}", new CreateOptions { Layout = new FileLayout(ChunkSizeBytes: 256) });
        DfsFile[] files = [first, await Client.OpenAsync($"/truncate-twin-{seed}"), await Client.OpenAsync($"/truncate-twin-{seed}")];
        for (var step = 0; step < 400; step++)
        {
            var file = files[random.Next(files.Length)];
            var data = Content(random.Next(1, 300), step);
            history.Add($"{step}: {twin.Length} bytes, next is {Array.IndexOf(files, file)} with {data.Length}");
            var kind = random.Next(6);
            history[^1] += $" does {kind}";
            switch (kind)
            {
                case 0:
                    var length = random.Next(0, 2000);
                    history[^1] += $" sets {length}";
                    await file.SetLengthAsync(length);
                    Array.Resize(ref twin, length);
                    break;
                case 1:
                    var offset = random.Next(0, twin.Length + 1);
                    history[^1] += $" writes at {offset}";
                    await file.WriteAsync(offset, data);
                    Array.Resize(ref twin, Math.Max(twin.Length, offset + data.Length));
                    data.CopyTo(twin.AsSpan(offset));
                    break;
                case 2:
                    var end = await file.AppendAsync(data);
                    Assert.True(twin.Length == end, $"step {step}: appended at {end} where the file ended at {twin.Length}\n{string.Join('\n', history.TakeLast(20))}");
                    Array.Resize(ref twin, twin.Length + data.Length);
                    data.CopyTo(twin.AsSpan(twin.Length - data.Length));
                    break;
                case 3:
                    Assert.True(twin.Length == await file.GetLengthAsync(), $"step {step}");
                    break;
                default:
                    var at = random.Next(0, 2000);
                    var buffer = new byte[random.Next(1, 1000)];
                    var read = await file.ReadAsync(at, buffer);
                    var there = Math.Clamp(twin.Length - at, 0, buffer.Length);
                    Assert.True(read == there, $"step {step}: {read} bytes at {at} where {there} are");
                    Assert.True(read == 0 || buffer.AsSpan(0, read).SequenceEqual(twin.AsSpan(at, read)), $"step {step}: other bytes at {at}");
                    break;
            }
        }

        Assert.Equal(twin, await ReadAllAsync(Client, $"/truncate-twin-{seed}"));
    }

    [Fact]
    public async Task A_reader_that_has_read_ahead_ends_where_the_file_ends_now()
    {
        await WriteAsync(Client, "/truncate-stream", Content(100_000, 3), Classroom);
        await using var stream = await Client.OpenReadAsync("/truncate-stream");
        var buffer = new byte[1000];
        await stream.ReadExactlyAsync(buffer);
        await Client.SetLengthAsync("/truncate-stream", 50_000);
        var rest = new MemoryStream();
        await stream.CopyToAsync(rest);

        // What had been fetched before may still come; what was asked for later is not there.
        Assert.InRange(rest.Length, 49_000, 99_000);
        Assert.Equal(Content(100_000, 3).AsSpan(1000, 49_000).ToArray(), rest.ToArray()[..49_000]);
        Assert.Equal(50_000, stream.Length);
    }

    [Fact]
    public async Task A_writing_stream_sets_the_length()
    {
        var content = Content(30_000, 4);
        await using (var stream = await Client.OpenWriteAsync("/truncate-write", Classroom))
        {
            await stream.WriteAsync(content);
            stream.SetLength(10_000);
            Assert.Equal(10_000, stream.Position);
            Assert.Equal(10_000, stream.Length);
            await stream.WriteAsync(content.AsMemory(0, 5));
        }

        byte[] expected = [.. content[..10_000], .. content[..5]];
        Assert.Equal(expected, await ReadAllAsync(Client, "/truncate-write"));
    }

    [Fact]
    public async Task Appends_that_go_on_while_the_file_is_cut_lie_where_they_were_said_to_lie()
    {
        await using var file = await Client.CreateAsync("/truncate-appends", Classroom);
        using var stop = new CancellationTokenSource();
        var appenders = Enumerable.Range(0, 4).Select(a => Task.Run(async () =>
        {
            await using var own = await Client.OpenAsync("/truncate-appends");
            for (var i = 0; !stop.IsCancellationRequested; i++)
            {
                await own.RecordAppendAsync(Content(900, (a * 10_000) + i));
            }
        })).ToArray();
        for (var i = 0; i < 15; i++)
        {
            await Eventually.AssertAsync(() => Assert.True(file.GetLengthAsync().GetAwaiter().GetResult() > 30_000));
            await file.SetLengthAsync(i % 3 * 5000);
        }

        await stop.CancelAsync();
        await Task.WhenAll(appenders);

        // Now nobody cuts any more: everything that is acknowledged from here on must be found.
        await file.SetLengthAsync(0);
        for (var i = 0; i < 40; i++)
        {
            var record = Content(900, i);
            var offset = await file.RecordAppendAsync(record);
            Assert.Equal((i / 9 * 8192) + (i % 9 * 900), offset);
        }

        await file.CompleteAsync();
        await Eventually.AssertAsync(() =>
        {
            foreach (var chunk in Client.GetChunksAsync("/truncate-appends").GetAwaiter().GetResult().Chunks)
            {
                var replicas = chunk.Replicas.Select(r => File.ReadAllBytes(r.Path)).ToArray();
                Assert.Equal(3, replicas.Length);
                Assert.All(replicas, r => Assert.Equal(replicas[0], r));
            }
        });
    }

    [Fact]
    public async Task A_file_is_cut_while_a_server_of_its_chunks_is_down()
    {
        await using var cluster = await DfsCluster.StartAsync(new DfsClusterOptions { ChunkServers = 4, Node = ClusterFixture.Node });
        var content = Content(100_000, 5);
        await using var file = await cluster.Client.CreateAsync("/f", Classroom);
        await file.WriteAsync(0, content);
        await cluster.StopServerAsync(2);
        await file.SetLengthAsync(20_000, new CallOptions { Timeout = TimeSpan.FromMinutes(2) });
        Assert.Equal(content[..20_000], await ReadAllAsync(cluster.Client, "/f"));
        await cluster.StartServerAsync(2);
        Assert.Equal(20_000, await file.AppendAsync(content.AsMemory(0, 10)));
        await Eventually.AssertAsync(() => Assert.Equal(0, RealCli.RunAsync(cluster, "fsck").GetAwaiter().GetResult().ExitCode));
        byte[] expected = [.. content[..20_000], .. content[..10]];
        Assert.Equal(expected, await ReadAllAsync(cluster.Client, "/f"));
    }

    [Fact]
    public async Task The_verb_cuts_and_says_what_is_wrong()
    {
        await WriteAsync(Client, "/truncate-verb", Content(20_000, 6), Classroom);
        Assert.Equal(0, (await RealCli.RunAsync(fixture.Cluster, "truncate", "/truncate-verb", "--size", "10KiB")).ExitCode);
        Assert.Equal(10_240, (await Client.StatAsync("/truncate-verb")).LengthBytes);
        var missing = await RealCli.RunAsync(fixture.Cluster, "truncate", "/not-there", "--size", "0");
        Assert.Equal(3, missing.ExitCode);
        Assert.Equal(2, (await RealCli.RunAsync(fixture.Cluster, "truncate", "/truncate-verb")).ExitCode);
        var error = await Assert.ThrowsAsync<DfsException>(() => Client.SetLengthAsync("/truncate-verb", long.MaxValue));
        Assert.Equal(DfsErrorCode.InvalidArgument, error.Code);
    }
}
