// What a user of a real cluster sees: seven chunk servers, real sockets, real files on disk.

using System.Collections.Concurrent;
using System.Text.Json;
using AkkaDfs.Client.Tests.Fakes;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;
using static AkkaDfs.Client.Tests.Files.ReadTests;

namespace AkkaDfs.Client.Tests.EndToEnd;

[Collection(ClusterCollection.Name)]
public sealed class ClusterTests(ClusterFixture fixture)
{
    private static readonly FileLayout Classroom = new(ChunkSizeBytes: 8192);

    private DfsCluster Cluster => fixture.Cluster;

    private IDfsClient Client => fixture.Cluster.Client;

    [Fact]
    public async Task S1_12_Create_read_at_any_offset_and_append_at_the_end()
    {
        var content = Content(3_000_000, 1);
        await WriteAsync(Client, "/s1-12", content);
        Assert.Equal(content, await ReadAllAsync(Client, "/s1-12"));
        var random = new Random(1);
        for (var i = 0; i < 50; i++)
        {
            var offset = random.Next(0, content.Length);
            var buffer = new byte[random.Next(1, 200_000)];
            var read = await Client.ReadAsync("/s1-12", offset, buffer);
            Assert.Equal(content.AsSpan(offset, Math.Min(buffer.Length, content.Length - offset)).ToArray(), buffer[..read]);
        }

        Assert.Equal(3_000_000, await Client.AppendAsync("/s1-12", content.AsMemory(0, 777)));
        Assert.Equal(3_000_777, (await Client.StatAsync("/s1-12")).LengthBytes);
    }

    [Fact]
    public async Task S1_01_A_file_is_cut_into_chunks_and_comes_back_whole()
    {
        var content = Content(100_000, 2);
        await using (var stream = await Client.OpenWriteAsync("/s1-01", new CreateOptions { Layout = Classroom }))
        {
            await stream.WriteAsync(content);
        }

        Assert.Equal(content, await ReadAllAsync(Client, "/s1-01"));
        var chunks = (await Client.GetChunksAsync("/s1-01")).Chunks;
        Assert.Equal(13, chunks.Count);
        Assert.All(chunks.Take(12), c => Assert.Equal(8192, c.LengthBytes));
        Assert.Equal(100_000 - (12 * 8192), chunks[12].LengthBytes);
        Assert.All(chunks, c => Assert.Equal(3, c.Replicas.Select(r => r.Server).Distinct().Count()));
        Assert.True(chunks.SelectMany(c => c.Replicas).Select(r => r.Server).Distinct().Count() > 3, "one file's chunks need not share a server");
    }

    [Fact]
    public async Task S1_02_Every_replica_is_an_ordinary_file_with_the_chunks_bytes()
    {
        var content = Content(20_000, 3);
        await using (var stream = await Client.OpenWriteAsync("/s1-02", new CreateOptions { Layout = Classroom }, new CallOptions { Sync = true }))
        {
            await stream.WriteAsync(content);
        }

        await Eventually.AssertAsync(() =>
        {
            foreach (var chunk in Client.GetChunksAsync("/s1-02").GetAwaiter().GetResult().Chunks)
            {
                var expected = content.AsSpan(chunk.Index * 8192, (int)chunk.LengthBytes).ToArray();
                Assert.All(chunk.Replicas, r => Assert.Equal(expected, File.ReadAllBytes(r.Path)));
            }
        });
    }

    [Fact]
    public async Task S1_04_The_mapping_and_its_time_are_shown()
    {
        var before = DateTimeOffset.UtcNow.AddSeconds(-5);
        await WriteAsync(Client, "/s1-04", Content(1000, 4));
        var json = JsonDocument.Parse((await RealCli.RunAsync(Cluster, "stat", "--chunks", "--json", "/s1-04")).Out).RootElement;
        Assert.InRange(json.GetProperty("mappingUpdated").GetDateTimeOffset(), before, DateTimeOffset.UtcNow.AddSeconds(5));
        var chunk = Assert.Single(json.GetProperty("chunks").EnumerateArray());
        Assert.Equal(1000, chunk.GetProperty("length").GetInt64());
        var replicas = chunk.GetProperty("replicas").EnumerateArray().ToArray();
        Assert.Equal(3, replicas.Length);
        Assert.All(replicas, r => Assert.True(File.Exists(r.GetProperty("path").GetString())));
        Assert.All(replicas, r => Assert.Equal("live", r.GetProperty("state").GetString()));
        Assert.All(replicas, r => Assert.StartsWith("127.0.0.1:", r.GetProperty("address").GetString(), StringComparison.Ordinal));
    }

    [Fact]
    public async Task S1_08_No_byte_of_a_file_passes_through_meta()
    {
        var marker = System.Text.Encoding.UTF8.GetBytes("a text that nobody else would write 8f1b0c7e");
        await WriteAsync(Client, "/s1-08", [.. Enumerable.Repeat(marker, 5000).SelectMany(b => b)]);
        foreach (var file in Directory.EnumerateFiles(Path.Combine(Cluster.DataFolder, "meta"), "*", SearchOption.AllDirectories).Where(f => Path.GetFileName(f) != "lock"))
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            Assert.Equal(-1, bytes.AsSpan().IndexOf(marker));
        }
    }

    [Fact]
    public async Task S1_10_A_record_over_a_quarter_of_the_chunk_is_refused()
    {
        await using var file = await Client.CreateAsync("/s1-10", new CreateOptions { Layout = Classroom });
        var error = await Assert.ThrowsAsync<DfsException>(() => file.RecordAppendAsync(new byte[2049]));
        Assert.Equal(DfsErrorCode.RecordTooLarge, error.Code);
        Assert.Equal(0, await file.GetLengthAsync());
    }

    [Fact]
    public async Task S1_10_A_record_may_be_a_quarter_of_the_largest_usual_chunk()
    {
        await using var file = await Client.CreateAsync("/s1-10-large", new CreateOptions { Layout = new FileLayout(ChunkSizeBytes: 64 * 1024 * 1024) });
        var record = Content(16 * 1024 * 1024, 10);
        Assert.Equal(0, await file.RecordAppendAsync(Content(1001, 9)));
        Assert.Equal(1001, await file.RecordAppendAsync(record));
        Assert.Equal(DfsErrorCode.RecordTooLarge, (await Assert.ThrowsAsync<DfsException>(() => file.RecordAppendAsync(new byte[record.Length + 1]))).Code);
        var read = new byte[record.Length];
        Assert.Equal(read.Length, await file.ReadAsync(1001, read));
        Assert.True(record.AsSpan().SequenceEqual(read));
        Assert.Equal(1001 + record.Length, await file.GetLengthAsync());
    }

    [Fact]
    public async Task S1_11_Short_chunk_is_padded_and_append_goes_to_a_new_chunk()
    {
        await using var file = await Client.CreateAsync("/s1-11", new CreateOptions { Layout = Classroom });
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal(i < 4 ? i * 2000 : 8192, await file.RecordAppendAsync(Content(2000, i)));
        }

        var all = await ReadAllAsync(Client, "/s1-11");
        Assert.Equal(8192 + 2000, all.Length);
        Assert.All(all[8000..8192], b => Assert.Equal(0, b));
        Assert.Equal(Content(2000, 4), all[8192..]);
    }

    [Fact]
    public async Task S1_18_S1_24_Five_clients_append_to_one_file_and_every_record_is_there_once_in_each_clients_order()
    {
        await using var created = await Client.CreateAsync("/s1-24", new CreateOptions { Layout = Classroom });
        var acknowledged = new ConcurrentBag<(int Client, int Record, long Offset)>();
        await Parallel.ForEachAsync(Enumerable.Range(0, 5), new ParallelOptions { MaxDegreeOfParallelism = 5 }, async (c, token) =>
        {
            await using var own = await Cluster.ConnectAsync(token);
            await using var file = await own.OpenAsync("/s1-24", cancellationToken: token);
            for (var r = 0; r < 100; r++)
            {
                acknowledged.Add((c, r, await file.RecordAppendAsync(Record(c, r), cancellationToken: token)));
            }
        });
        var all = await ReadAllAsync(Client, "/s1-24");
        Assert.Equal(500, acknowledged.Select(a => a.Offset).Distinct().Count());
        Assert.All(acknowledged, a => Assert.Equal(Record(a.Client, a.Record), all.AsSpan((int)a.Offset, Record(a.Client, a.Record).Length).ToArray()));
        Assert.All(acknowledged.GroupBy(a => a.Client), g => Assert.Equal(g.OrderBy(a => a.Record).Select(a => a.Offset), g.Select(a => a.Offset).Order()));

        static byte[] Record(int client, int record) => Content(1 + ((client * 131) + (record * 37)) % 2048, (client * 1000) + record);
    }

    [Fact]
    public async Task S1_19_S3_15_16_17_A_download_takes_parts_from_all_replicas()
    {
        var content = Content(24_000_000, 5);
        await WriteAsync(Client, "/s3-15", content);
        await using var stream = await Client.OpenReadAsync("/s3-15");
        using var all = new MemoryStream();
        await stream.CopyToAsync(all);
        Assert.Equal(content, all.ToArray());

        // How even the parts are depends on the machine's load; the unit tests hold the balance itself to equal shares.
        var replicas = Assert.Single((await Client.GetChunksAsync("/s3-15")).Chunks).Replicas.Where(r => r.State == ReplicaState.Live);
        Assert.All(replicas, r => Assert.True(stream.File.Reader.AssignedBytes(r.Server) > 0, $"server {r.Server} was not asked"));
    }

    [Fact]
    public async Task S3_06_07_08_An_upload_is_in_the_look_up_table_when_it_is_confirmed()
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllBytesAsync(folder.At("film.mp4"), Content(2_000_000, 6));
        Assert.Equal(0, (await RealCli.RunAsync(Cluster, "upload", folder.At("film.mp4"), "/film.mp4")).ExitCode);
        var rows = JsonDocument.Parse((await RealCli.RunAsync(Cluster, "tracker", "/film.mp4", "--json")).Out).RootElement;
        Assert.Equal(3, rows.GetArrayLength());
        Assert.All(rows.EnumerateArray(), r => Assert.True(r.GetProperty("alive").GetBoolean()));
        Assert.All(rows.EnumerateArray(), r => Assert.True(File.Exists(r.GetProperty("serverPath").GetString())));
    }

    [Fact]
    public async Task S4_03_04_05_06_Create_write_read_delete_rename_and_FILE_NOT_FOUND_where_due()
    {
        await WriteAsync(Client, "/s4/a/f", Content(100, 7));
        Assert.Equal(Content(100, 7), await ReadAllAsync(Client, "/s4/a/f"));
        await Client.RenameAsync("/s4/a/f", "/s4/g");
        Assert.Equal(Content(100, 7), await ReadAllAsync(Client, "/s4/g"));
        Assert.Equal(DfsErrorCode.FileNotFound, (await Assert.ThrowsAsync<DfsException>(() => Client.OpenReadAsync("/s4/a/f"))).Code);
        Assert.Equal(DfsErrorCode.DirectoryNotEmpty, (await Assert.ThrowsAsync<DfsException>(() => Client.RemoveAsync("/s4"))).Code);
        await Client.RemoveAsync("/s4/g");
        Assert.Equal(DfsErrorCode.FileNotFound, (await Assert.ThrowsAsync<DfsException>(() => Client.StatAsync("/s4/g"))).Code);
        await Client.RemoveAsync("/s4", recursive: true);
        Assert.Null(await Client.FindAsync("/s4"));
    }

    [Fact]
    public async Task S5_03_04_A_folder_goes_up_and_comes_down_the_same()
    {
        using var folder = new TemporaryFolder();
        var random = new Random(8);
        for (var i = 0; i < 120; i++)
        {
            var path = folder.At("up", $"d{i % 7}", $"f{i}");
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            await File.WriteAllBytesAsync(path, Content(random.Next(0, i % 10 == 0 ? 400_000 : 20_000), i));
        }

        var put = await RealCli.RunAsync(Cluster, "put", "-r", "--verify", folder.At("up"), "/s5-03");
        Assert.Equal("", put.Error);
        Assert.Equal(0, put.ExitCode);
        Assert.Equal(0, (await RealCli.RunAsync(Cluster, "get", "-r", "/s5-03", folder.At("down"))).ExitCode);
        Assert.Equal(Table(folder.At("up")), Table(folder.At("down")));

        static IEnumerable<string> Table(string root) => Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories)
            .Select(f => Path.GetRelativePath(root, f) + " " + Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(f))))
            .Order(StringComparer.Ordinal);
    }

    [Fact]
    public async Task S5_12_All_active_chunk_servers_are_listed_on_demand()
    {
        var json = JsonDocument.Parse((await RealCli.RunAsync(Cluster, "nodes", "--json")).Out).RootElement;
        Assert.Equal(7, json.GetProperty("servers").EnumerateArray().Count(s => s.GetProperty("state").GetString() == "alive"));
        Assert.Equal(Cluster.Seeds[0], json.GetProperty("meta").GetProperty("address").GetString());
    }

    [Fact]
    public async Task Every_acknowledged_append_is_in_a_later_stat_of_another_client()
    {
        await using var file = await Client.CreateAsync("/stat", new CreateOptions { Layout = Classroom });
        await using var other = await Cluster.ConnectAsync();
        for (var i = 1; i <= 60; i++)
        {
            var offset = await file.AppendAsync(new byte[500]);
            Assert.Equal(i * 500, offset + 500);
            Assert.Equal(i * 500, (await other.StatAsync("/stat")).LengthBytes);
        }
    }

    [Fact]
    public async Task Chunks_of_eight_bytes_work()
    {
        await using (var stream = await Client.OpenWriteAsync("/tiny", new CreateOptions { Layout = new FileLayout(ChunkSizeBytes: 8) }))
        {
            await stream.WriteAsync(Content(100, 9));
        }

        Assert.Equal(Content(100, 9), await ReadAllAsync(Client, "/tiny"));
        Assert.Equal(13, (await Client.GetChunksAsync("/tiny")).Chunks.Count);
    }
}
