// What people type, what they get, and what the shell is told.

using System.Text;
using System.Text.Json;
using AkkaDfs.Client.Tests.Fakes;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Client.Tests.Commands;

public sealed class CommandLineTests
{
    private readonly FakeCluster _cluster = new(chunkSizeBytes: 1024);
    private readonly Cli _cli;

    public CommandLineTests() => _cli = new Cli(_cluster);

    [Fact]
    public async Task Help_names_every_verb()
    {
        var help = await _cli.RunAsync("--help");
        Assert.Equal(0, help.ExitCode);
        foreach (var verb in new[] { "put", "get", "cat", "append", "ls", "stat", "mkdir", "rm", "mv", "nodes", "tracker", "version" })
        {
            Assert.Matches($@"(?m)^  {verb}[ ,]|(?m)^  \w+, {verb} ", help.Out);
        }
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("ls --nonsense")]
    [InlineData("put onlyone")]
    [InlineData("put a b --replicas 17")]
    [InlineData("put a b --chunk-size 7")]
    [InlineData("put a b --chunk-size many")]
    [InlineData("ls --timeout soon")]
    [InlineData("nodes --watch never")]
    [InlineData("stat")]
    [InlineData("")]
    public async Task What_cannot_be_understood_gives_exit_code_2_and_a_way_on(string line)
    {
        var result = await _cli.RunAsync(line.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(2, result.ExitCode);
        Assert.Contains("--help", result.Error, StringComparison.Ordinal);
        Assert.Empty(result.Out);
    }

    [Fact]
    public async Task Errors_say_what_and_what_next_without_stack_traces()
    {
        var result = await _cli.RunAsync("stat", "/nope");
        Assert.Equal(3, result.ExitCode);
        Assert.StartsWith("dfs stat: ", result.Error, StringComparison.Ordinal);
        Assert.EndsWith("[FILE_NOT_FOUND 2001]\n", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", result.Error, StringComparison.Ordinal);

        var json = JsonDocument.Parse((await _cli.RunAsync("stat", "/nope", "--json")).Error).RootElement.GetProperty("error");
        Assert.Equal(2001, json.GetProperty("code").GetInt32());
        Assert.Equal("FILE_NOT_FOUND", json.GetProperty("name").GetString());
        Assert.Equal(3, json.GetProperty("exitCode").GetInt32());
    }

    [Fact]
    public async Task No_meta_gives_exit_code_4_and_names_the_seeds()
    {
        _cluster.Meta.Interfere = _ => (null, true);
        var result = await _cli.RunAsync("ls", "--timeout", "300ms");
        Assert.Equal(4, result.ExitCode);
        Assert.Contains("fake:1", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Seeds_come_from_the_command_line_then_the_environment_then_the_running_cluster_then_the_default()
    {
        await _cli.RunAsync("ls");
        Assert.Equal(["127.0.0.1:5011"], _cli.LastOptions!.Seeds);
        _cli.Running = ["h:1"];
        await _cli.RunAsync("ls");
        Assert.Equal(["h:1"], _cli.LastOptions!.Seeds);
        _cli.Environment["DFS_SEED"] = "h:2, h:3";
        await _cli.RunAsync("ls");
        Assert.Equal(["h:2", "h:3"], _cli.LastOptions!.Seeds);
        await _cli.RunAsync("--seed", "h:4,h:5", "ls", "-D", "dfs.cluster.name=x", "--profile", "media");
        Assert.Equal(["h:4", "h:5"], _cli.LastOptions!.Seeds);
        Assert.Equal(["dfs.cluster.name=x"], _cli.LastOptions!.Node.Overrides);
        Assert.Equal("media", _cli.LastOptions!.Node.Profile);
    }

    [Fact]
    public async Task S5_03_04_A_file_goes_up_and_comes_down_the_same()
    {
        using var folder = new TemporaryFolder();
        var content = Files.ReadTests.Content(100_000, 1);
        await File.WriteAllBytesAsync(folder.At("a.bin"), content);
        var put = await _cli.RunAsync("upload", folder.At("a.bin"), "/a.bin", "--verify");
        Assert.Equal("", put.Error);
        Assert.Contains("stored 1 file, 97.7 KiB in ", put.Out, StringComparison.Ordinal);
        Assert.Contains("verified", put.Out, StringComparison.Ordinal);
        Assert.Equal(0, (await _cli.RunAsync("download", "/a.bin", folder.At("b.bin"))).ExitCode);
        Assert.Equal(content, await File.ReadAllBytesAsync(folder.At("b.bin")));
        Assert.Equal(content, (await _cli.RunAsync("cat", "/a.bin")).Bytes);
        Assert.Equal(content[500..600], (await _cli.RunAsync("cat", "/a.bin", "--offset", "500", "--length", "100")).Bytes);
        Assert.Equal(content[^9..], (await _cli.RunAsync("cat", "/a.bin", "--offset", "-9")).Bytes);
    }

    [Fact]
    public async Task A_folder_goes_up_and_comes_down_the_same()
    {
        using var folder = new TemporaryFolder();
        MakeTree(folder.At("tree"));
        var put = await _cli.RunAsync("put", "-r", folder.At("tree"), "/copy");
        Assert.Equal(0, put.ExitCode);
        Assert.Contains("stored 41 files in 5 folders", put.Out, StringComparison.Ordinal);
        Assert.Contains("a symbolic link to a directory", put.Error, StringComparison.Ordinal);
        Assert.Contains("a symbolic link to nothing", put.Error, StringComparison.Ordinal);
        Assert.Equal(0, (await _cli.RunAsync("get", "-r", "/copy", folder.At("back"), "-q")).ExitCode);
        AssertSameTree(folder.At("tree"), folder.At("back"));

        // An existing directory takes the folder in, as cp does.
        Assert.Equal(0, (await _cli.RunAsync("put", "-rq", folder.At("tree"), "/copy")).ExitCode);
        Assert.Equal(0, (await _cli.RunAsync("get", "-rq", "/copy/tree", folder.At("back"))).ExitCode);
        AssertSameTree(folder.At("tree"), folder.At("back", "tree"));
    }

    [Fact]
    public async Task Nothing_local_is_replaced_and_no_half_file_is_left()
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder.At("a"), "mine");
        await Files.ReadTests.WriteAsync(_cluster.Client(), "/a", new byte[5000]);
        var refused = await _cli.RunAsync("get", "/a", folder.Path);
        Assert.Equal(6, refused.ExitCode);
        Assert.Equal("mine", await File.ReadAllTextAsync(folder.At("a")));
        foreach (var server in _cluster.Servers)
        {
            server.Mood = ServerMood.Refusing;
        }

        Assert.Equal(8, (await _cli.RunAsync("get", "-f", "/a", folder.Path, "--timeout", "200ms")).ExitCode);
        Assert.Equal("mine", await File.ReadAllTextAsync(folder.At("a")));
        Assert.Equal([folder.At("a")], Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public async Task Folders_need_r_and_several_sources_need_a_directory()
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder.At("a"), "1");
        Assert.Contains("-r", (await _cli.RunAsync("put", folder.Path, "/x")).Error, StringComparison.Ordinal);
        Assert.Contains("mkdir", (await _cli.RunAsync("put", folder.At("a"), folder.At("a"), "/x")).Error, StringComparison.Ordinal);
        Assert.Contains("does not exist", (await _cli.RunAsync("put", folder.At("b"), "/x")).Error, StringComparison.Ordinal);
        await _cli.RunAsync("mkdir", "/d");
        Assert.Contains("-r", (await _cli.RunAsync("get", "/d", folder.At("d"))).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Listing_shows_names_and_details()
    {
        await _cli.RunAsync("mkdir", "-p", "/d/e");
        await Files.ReadTests.WriteAsync(_cluster.Client(), "/d/f", new byte[1500]);
        Assert.Equal("e\nf\n", (await _cli.RunAsync("ls", "/d")).Out);
        Assert.Matches(@"^drwxr-xr-x 2 0 0    0 .{16} e\n-rw-r--r-- 1 0 0 1500 .{16} f\n$", (await _cli.RunAsync("ls", "-l", "/d")).Out);
        Assert.Equal("/:\nd\n\n/d:\ne\nf\n\n/d/e:\n", (await _cli.RunAsync("ls", "-R")).Out);
        Assert.Equal("/d/f\n", (await _cli.RunAsync("ls", "/d/f")).Out);
        var json = JsonDocument.Parse((await _cli.RunAsync("ls", "/d", "--json")).Out).RootElement;
        Assert.Equal(["/d/e", "/d/f"], json.EnumerateArray().Select(e => e.GetProperty("path").GetString()!));
        Assert.Equal(1500, json[1].GetProperty("length").GetInt64());
        Assert.Equal("file", json[1].GetProperty("kind").GetString());
        Assert.Equal(3, (await _cli.RunAsync("ls", "/nope")).ExitCode);
    }

    [Fact]
    public async Task S1_04_Stat_with_chunks_has_the_documented_fields()
    {
        await Files.ReadTests.WriteAsync(_cluster.Client(), "/f", new byte[1500]);
        var json = JsonDocument.Parse((await _cli.RunAsync("stat", "--chunks", "--json", "/f")).Out).RootElement;
        Assert.Equal(1500, json.GetProperty("length").GetInt64());
        Assert.Equal(1024, json.GetProperty("layout").GetProperty("chunkSize").GetInt64());
        Assert.True(json.TryGetProperty("mappingUpdated", out _));
        var chunks = json.GetProperty("chunks");
        Assert.Equal([(0, 1024), (1, 476)], chunks.EnumerateArray().Select(c => (c.GetProperty("index").GetInt32(), c.GetProperty("length").GetInt32())));
        Assert.Equal(16, chunks[0].GetProperty("id").GetString()!.Length);
        Assert.Equal(1, chunks[0].GetProperty("generation").GetInt32());
        var replica = chunks[0].GetProperty("replicas")[0];
        Assert.Equal(JsonValueKind.Number, replica.GetProperty("server").ValueKind);
        Assert.Equal(JsonValueKind.String, replica.GetProperty("address").ValueKind);
        Assert.Equal(JsonValueKind.String, replica.GetProperty("path").ValueKind);
        Assert.Equal("live", replica.GetProperty("state").GetString());
        var text = (await _cli.RunAsync("stat", "--chunks", "/f")).Out;
        Assert.Contains("1,500 bytes", text, StringComparison.Ordinal);
        Assert.Contains("mapping last updated", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Removing_and_moving()
    {
        await _cli.RunAsync("mkdir", "-p", "/d/e");
        await Files.ReadTests.WriteAsync(_cluster.Client(), "/d/f", new byte[1]);
        Assert.Equal(6, (await _cli.RunAsync("rm", "/d")).ExitCode);
        Assert.Equal(0, (await _cli.RunAsync("mv", "/d/f", "/d/e")).ExitCode);
        Assert.Equal("f\n", (await _cli.RunAsync("ls", "/d/e")).Out);
        Assert.Equal(0, (await _cli.RunAsync("mv", "/d/e/f", "/g")).ExitCode);
        Assert.Equal(1, (await _cli.RunAsync("mv", "/d", "/g", "/h")).ExitCode);
        Assert.Equal(0, (await _cli.RunAsync("rm", "-r", "/d", "/g")).ExitCode);
        Assert.Equal(3, (await _cli.RunAsync("rm", "/g")).ExitCode);
        Assert.Equal(0, (await _cli.RunAsync("rm", "-f", "/g")).ExitCode);
        Assert.Equal(2, (await _cli.RunAsync("rm", "-r", "/")).ExitCode);
        Assert.Equal("", (await _cli.RunAsync("ls")).Out);
    }

    [Fact]
    public async Task S5_12_Nodes_shows_every_server_and_meta_itself()
    {
        _cluster.Servers[1].Mood = ServerMood.Refusing;
        var text = (await _cli.RunAsync("nodes")).Out;
        Assert.Matches("(?m)^meta +acting +epoch 7", text);
        Assert.Matches("(?m)^meta +standby .* fake:2$", text);
        Assert.Matches("(?m)^meta +unreachable .* fake:3$", text);
        Assert.Matches("(?m)^server 1 +alive +1.2 s ago", text);
        Assert.Matches("(?m)^server 2 +dead ", text);
        Assert.Contains("2 of 3 chunk servers alive", text, StringComparison.Ordinal);
        var json = JsonDocument.Parse((await _cli.RunAsync("nodes", "--json")).Out).RootElement;
        Assert.Equal(3, json.GetProperty("servers").GetArrayLength());
        Assert.Equal("acting", json.GetProperty("meta").GetProperty("state").GetString());
        Assert.Equal("fake:2", json.GetProperty("standby")[0].GetProperty("address").GetString());
        Assert.False(json.GetProperty("standby")[1].GetProperty("reachable").GetBoolean());
        Assert.Equal(1200, json.GetProperty("servers")[0].GetProperty("heartbeatAgeMs").GetInt64());
    }

    [Fact]
    public async Task S5_12_Nodes_can_be_watched_until_interrupted()
    {
        using var stop = new CancellationTokenSource();
        var watching = _cli.RunAsync(stop.Token, "nodes", "--watch", "0.1");
        await Eventually.AssertAsync(() => Assert.True(_cluster.Meta.Count<MetaProtocol.GetCluster>() >= 3));
        await stop.CancelAsync();
        Assert.Equal(130, (await watching).ExitCode);
    }

    [Fact]
    public async Task S3_02_The_tracker_shows_file_server_path_and_alive()
    {
        await Files.ReadTests.WriteAsync(_cluster.Client(), "/d/f", new byte[1]);
        await Files.ReadTests.WriteAsync(_cluster.Client(), "/g", new byte[1]);
        _cluster.Servers[0].Mood = ServerMood.Refusing;
        var text = (await _cli.RunAsync("tracker")).Out;
        Assert.Matches(@"(?m)^/d/f +0 +0{15}1 +1 +NO +live +fake:6001 +/data/1/0{15}1\.dat$", text);
        Assert.Matches(@"(?m)^/g .* 2 +yes ", text);
        var json = JsonDocument.Parse((await _cli.RunAsync("tracker", "--json")).Out).RootElement;
        Assert.Equal(6, json.GetArrayLength());
        Assert.Equal(
            ["path", "chunk", "index", "generation", "server", "address", "serverPath", "alive", "state"],
            json[0].EnumerateObject().Select(p => p.Name));
    }

    [Fact]
    public async Task Appending_takes_text_input_files_and_records()
    {
        using var folder = new TemporaryFolder();
        Assert.Equal(0, (await _cli.RunAsync("append", "/log", "--text", "one")).ExitCode);
        _cli.Input = Encoding.UTF8.GetBytes("two\nthree\n");
        var records = await _cli.RunAsync("append", "--records", "--offsets", "/log");
        Assert.Equal("4\n8\n", records.Out);
        await File.WriteAllTextAsync(folder.At("f"), "four");
        var json = JsonDocument.Parse((await _cli.RunAsync("append", "/log", folder.At("f"), "--json")).Out).RootElement;
        Assert.Equal(14, json.GetProperty("firstOffset").GetInt64());
        Assert.Equal("one\ntwo\nthree\nfour", Encoding.UTF8.GetString((await _cli.RunAsync("cat", "/log")).Bytes));
    }

    [Fact]
    public async Task S1_11_Padding_can_be_left_out_when_printing()
    {
        _cli.Input = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 50).Select(i => new string((char)('a' + (i % 26)), 150) + "\n")));
        Assert.Equal(0, (await _cli.RunAsync("append", "--records", "/log")).ExitCode);
        Assert.NotEqual(_cli.Input, (await _cli.RunAsync("cat", "/log")).Bytes);
        Assert.Equal(_cli.Input, (await _cli.RunAsync("cat", "--no-padding", "/log")).Bytes);
        Assert.Contains((byte)0, (await _cli.RunAsync("cat", "/log")).Bytes);
    }

    [Fact]
    public async Task S1_10_A_line_that_is_too_long_for_a_record_is_refused()
    {
        _cli.Input = Encoding.UTF8.GetBytes("short\n" + new string('x', 300) + "\n");
        var result = await _cli.RunAsync("append", "--records", "/log");
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("RECORD_TOO_LARGE", result.Error, StringComparison.Ordinal);
        Assert.Equal("short\n", Encoding.UTF8.GetString((await _cli.RunAsync("cat", "/log")).Bytes));
        _cli.Input = new byte[700];
        Assert.Equal("6\n256\n506\n", (await _cli.RunAsync("append", "--record-size", "250", "--offsets", "/log")).Out);
    }

    [Fact]
    public async Task Standard_input_can_be_stored()
    {
        _cli.Input = Files.ReadTests.Content(5000, 1);
        Assert.Equal(0, (await _cli.RunAsync("put", "-", "/f", "--chunk-size", "2KiB", "--replicas", "2")).ExitCode);
        Assert.Equal(_cli.Input, (await _cli.RunAsync("cat", "/f")).Bytes);
        Assert.Equal(new FileLayout(2048, 2), _cluster.Meta.Node("/f").Status.Layout with { Placement = default, Ack = default, OnReplicaDown = default });
    }

    [Fact]
    public async Task Version_is_told()
        => Assert.Matches("^dfs .* on .NET 10", (await _cli.RunAsync("version")).Out);

    private static void MakeTree(string root)
    {
        var random = new Random(5);
        foreach (var name in new[] { "a", "b/c", "empty" })
        {
            Directory.CreateDirectory(Path.Combine(root, name));
        }

        for (var i = 0; i < 39; i++)
        {
            var bytes = new byte[random.Next(0, 5000)];
            random.NextBytes(bytes);
            File.WriteAllBytes(Path.Combine(root, new[] { ".", "a", "b", "b/c" }[i % 4], $"f{i} ä'\"$"), bytes);
        }

        File.WriteAllBytes(Path.Combine(root, "zero"), []);
        File.CreateSymbolicLink(Path.Combine(root, "link"), "zero");
        Directory.CreateSymbolicLink(Path.Combine(root, "dirlink"), "a");
        File.CreateSymbolicLink(Path.Combine(root, "broken"), "nowhere");
    }

    private static void AssertSameTree(string expected, string actual)
    {
        Assert.Equal(Table(expected), Table(actual));

        static IEnumerable<string> Table(string root) => Directory.EnumerateFileSystemEntries(root, "*", SearchOption.AllDirectories)
            .Where(e => !e.EndsWith("dirlink", StringComparison.Ordinal) && !e.Contains("/dirlink/", StringComparison.Ordinal) && !e.EndsWith("broken", StringComparison.Ordinal))
            .Where(e => !e.StartsWith(Path.Combine(root, "tree"), StringComparison.Ordinal))
            .Select(e => Path.GetRelativePath(root, e) + " " + (Directory.Exists(e) ? "dir" : Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(e)))))
            .Order(StringComparer.Ordinal);
    }
}
