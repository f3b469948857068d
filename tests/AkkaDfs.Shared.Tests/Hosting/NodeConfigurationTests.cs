// Every source of configuration has its place, every default is in range, and a bad value is named with its key.

using AkkaDfs.Shared.Hosting;
using AkkaDfs.Shared.Protocol;
using Xunit;

namespace AkkaDfs.Shared.Tests.Hosting;

public sealed class NodeConfigurationTests
{
    [Theory]
    [InlineData(NodeRole.Meta)]
    [InlineData(NodeRole.Chunk)]
    [InlineData(NodeRole.Client)]
    public void The_defaults_are_what_the_typed_settings_say(NodeRole role)
    {
        var settings = NodeConfiguration.Load(role, new NodeOptions { DataFolder = "/tmp/x" }).Settings;
        var plain = new NodeSettings { DataFolder = "/tmp/x", Chunk = new ChunkSettings { Folders = ["/tmp/x/chunks"] } };
        Assert.Equal(plain.Cluster, settings.Cluster);
        Assert.Equal(plain.Meta, settings.Meta);
        Assert.Equal(plain.Client, settings.Client);
        Assert.Equal(plain.Chunk with { Folders = settings.Chunk.Folders }, settings.Chunk);
        Assert.Equal(plain.Chunk.Folders, settings.Chunk.Folders);
    }

    [Theory]
    [InlineData("classroom", 8192, PlacementPolicy.Random, AckPolicy.All, ReplicaDownPolicy.Replace)]
    [InlineData("tinyblocks", 8, PlacementPolicy.HashRing, AckPolicy.All, ReplicaDownPolicy.Block)]
    [InlineData("media", 64 * 1024 * 1024, PlacementPolicy.LeastLoaded, AckPolicy.One, ReplicaDownPolicy.Replace)]
    public void A_profile_sets_its_own_numbers(string profile, int chunkSize, PlacementPolicy placement, AckPolicy ack, ReplicaDownPolicy down)
    {
        var layout = NodeConfiguration.Load(NodeRole.Meta, new NodeOptions { Profile = profile }).Settings.Cluster.Layout;
        Assert.Equal(new FileLayout(chunkSize, 3, placement, ack, down), layout);
    }

    [Theory]
    [InlineData(NodeRole.Meta)]
    [InlineData(NodeRole.Chunk)]
    public void Members_that_come_and_go_do_not_bring_down_the_only_meta_node(NodeRole role)
        => Assert.Equal(
            "off",
            NodeConfiguration.Load(role, new NodeOptions { DataFolder = "/data" }).Config.GetString("akka.cluster.split-brain-resolver.down-all-when-unstable"));

    [Fact]
    public void Later_sources_win_over_earlier_ones()
    {
        var file = Path.GetTempFileName();
        File.WriteAllText(file, "dfs.cluster { replicas = 2, chunk-size = 1 KiB }\ndfs.node.port = 1111");
        var options = new NodeOptions { Profile = "classroom", ConfigFile = file, Port = 2222, Overrides = ["dfs.cluster.replicas=4"] };
        var settings = NodeConfiguration.Load(NodeRole.Meta, options).Settings;
        File.Delete(file);
        Assert.Equal((4, 1024, PlacementPolicy.Random), (settings.Cluster.Layout.Replicas, settings.Cluster.Layout.ChunkSizeBytes, settings.Cluster.Layout.Placement));
        Assert.Equal(2222, settings.Port);
    }

    [Theory]
    [InlineData("dfs.cluster.replicas=0", "dfs.cluster.replicas", "between 1 and 16")]
    [InlineData("dfs.cluster.replicas=many", "dfs.cluster.replicas", "whole number")]
    [InlineData("dfs.cluster.chunk-size=7", "dfs.cluster.chunk-size", "between 8 and")]
    [InlineData("dfs.cluster.placement=near", "dfs.cluster.placement", "least-loaded, random, hash-ring")]
    [InlineData("dfs.cluster.heartbeat-interval=soon", "dfs.cluster.heartbeat-interval", "a time such as")]
    [InlineData("dfs.node.client.request-size=5 MiB", "dfs.node.client.request-size", "between 4096 and 4194304")]
    [InlineData("dfs.node.seeds=[here]", "'here'", "host:port")]
    [InlineData("dfs.cluster.replica=2", "dfs.cluster.replica,", "Is dfs.cluster.replicas meant?")]
    [InlineData("dfs.node.chunk.scrub.rate=1", "dfs.node.chunk.scrub.rate,", "Is dfs.node.chunk.scrub-rate meant?")]
    [InlineData("dfs.cluster=3", "dfs.cluster,", "no such key")]
    public void A_value_out_of_range_is_named_with_its_key_and_its_range(string pair, string key, string rule)
    {
        var error = Assert.Throws<DfsException>(() => NodeConfiguration.Load(NodeRole.Meta, new NodeOptions { Overrides = [pair] }));
        Assert.Equal(DfsErrorCode.InvalidConfiguration, error.Code);
        Assert.Contains(key, error.Message, StringComparison.Ordinal);
        Assert.Contains(rule, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_profile_is_answered_with_the_known_ones()
    {
        var error = Assert.Throws<DfsException>(() => NodeConfiguration.Load(NodeRole.Meta, new NodeOptions { Profile = "nope" }));
        Assert.Contains("classroom, media, standby, tinyblocks", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Addresses_with_quotes_and_backslashes_do_not_break_out_of_their_value()
    {
        var options = new NodeOptions { DataFolder = "/tmp/a\"b\\c", Overrides = [] };
        Assert.Equal("/tmp/a\"b\\c", NodeConfiguration.Load(NodeRole.Meta, options).Settings.DataFolder);
    }

    [Fact]
    public void S5_01_The_profile_standby_makes_two_meta_nodes_of_which_none_outvotes_the_other()
    {
        var configuration = NodeConfiguration.Load(
            NodeRole.Meta, new NodeOptions { Profile = "standby", Overrides = ["dfs.node.meta.journal-postgres.connection=\"Host=db;Password=geheim\""] });
        Assert.Equal((2, "postgres"), (configuration.Settings.Cluster.MetaNodes, configuration.Settings.Meta.Journal));
        Assert.Equal("Host=db;Password=geheim", configuration.Settings.Meta.JournalDatabase.Connection);
        Assert.Equal(string.Empty, configuration.Config.GetString("akka.cluster.split-brain-resolver.keep-majority.role"));
        Assert.Equal("on", configuration.Config.GetString("akka.cluster.split-brain-resolver.down-all-when-unstable"));
        Assert.Equal("1s", configuration.Config.GetString("akka.cluster.split-brain-resolver.stable-after"));
        Assert.DoesNotContain("geheim", configuration.Settings.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("dfs.node.meta.journal=postgres", "connection")]
    [InlineData("dfs.cluster.meta-nodes=2", "meta-nodes")]
    [InlineData("dfs.node.meta.journal-postgres.schema=\"Drop table\"", "schema")]
    public void S5_01_A_meta_that_could_not_stand_by_is_refused(string wrong, string key)
    {
        var error = Assert.Throws<DfsException>(() => NodeConfiguration.Load(NodeRole.Meta, new NodeOptions { Overrides = [wrong] })).Error;
        Assert.Equal(DfsErrorCode.InvalidConfiguration, error.Code);
        Assert.Contains(key, error.Message, StringComparison.Ordinal);
    }
}
