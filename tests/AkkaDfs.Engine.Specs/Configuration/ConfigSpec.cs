// Configurations as objects: sub-configurations, defaults, fallback chains, and where they come from.
using Akka.Configuration;

namespace AkkaDfs.Engine.Specs.Configuration;

public class ConfigSpec
{
    private static Config Parse(string hocon) => ConfigurationFactory.ParseString(hocon);

    [Fact]
    public void A_missing_path_gives_the_default()
    {
        var config = Parse("a = 1");
        Assert.Equal("d", config.GetString("x", "d"));
        Assert.Null(config.GetString("x"));
        Assert.Equal(4, config.GetInt("x", 4));
        Assert.Equal(5L, config.GetLong("x", 5));
        Assert.Equal(1.5, config.GetDouble("x", 1.5));
        Assert.Equal(1.5f, config.GetFloat("x", 1.5f));
        Assert.True(config.GetBoolean("x", true));
        Assert.Equal(TimeSpan.FromSeconds(3), config.GetTimeSpan("x", TimeSpan.FromSeconds(3)));
        Assert.Equal(7, config.GetByteSize("x", 7));
        Assert.Equal(["d"], config.GetStringList("x", ["d"]));
        Assert.Null(config.GetValue("x"));
        Assert.Null(config.GetConfig("x"));
    }

    [Fact]
    public void A_part_is_a_configuration_with_the_fallbacks_of_the_whole()
    {
        var part = Parse("a.b { x = 1 }").WithFallback(Parse("a.b { x = 0, y = 2 }")).GetConfig("a.b")!;
        Assert.Equal(1, part.GetInt("x"));
        Assert.Equal(2, part.GetInt("y"));
        Assert.Equal(9, part.WithFallback(Parse("z = 9")).GetInt("z"));
    }

    [Fact]
    public void Fallbacks_may_be_chained_either_way()
    {
        var (one, two, three) = (Parse("a = 1"), Parse("a = 2\nb = 2"), Parse("a = 3\nb = 3\nc = 3"));
        foreach (var config in new[] { one.WithFallback(two).WithFallback(three), one.WithFallback(two.WithFallback(three)) })
            Assert.Equal((1, 2, 3), (config.GetInt("a"), config.GetInt("b"), config.GetInt("c")));
    }

    [Fact]
    public void A_fallback_leaves_both_originals_as_they_were()
    {
        var (one, two) = (Parse("a.x = 1"), Parse("a.y = 2"));
        Assert.Equal(2, one.WithFallback(two).GetInt("a.y"));
        Assert.False(one.HasPath("a.y"));
        Assert.False(two.HasPath("a.x"));
    }

    [Fact]
    public void A_configuration_is_not_its_own_fallback()
    {
        var config = Parse("a = 1");
        Assert.Throws<ArgumentException>(() => config.WithFallback(config));
        Assert.Equal(1, config.WithFallback(null).GetInt("a"));
    }

    [Fact]
    public void Empty_and_null_are_recognized()
    {
        Assert.True(Parse("").IsEmpty);
        Assert.True(Parse("# nothing").IsEmpty);
        Assert.True(Parse("{}").IsEmpty);
        Assert.True(Config.Empty.IsNullOrEmpty());
        Assert.True(ConfigurationFactory.Empty.IsEmpty);
        Assert.True(((Config?)null).IsNullOrEmpty());
        Assert.False(Parse("a = 1").IsNullOrEmpty());
        Assert.Equal(1, Config.Empty.WithFallback(Parse("a = 1")).GetInt("a"));
        Assert.Equal(1, Config.Empty.SafeWithFallback(Parse("a = 1")).GetInt("a"));
    }

    [Fact]
    public void Text_and_objects_are_configurations_too()
    {
        Config fromText = "a = 1";
        Assert.Equal(1, fromText.GetInt("a"));
        Assert.Equal(2, (fromText + "b = 2").GetInt("b"));
        var fromObject = ConfigurationFactory.FromObject(new { a = 1, b = new { c = "x" }, d = new[] { 1, 2 } });
        Assert.Equal((1, "x"), (fromObject.GetInt("a"), fromObject.GetString("b.c")));
        Assert.Equal([1, 2], fromObject.GetIntList("d"));
    }

    [Fact]
    public void Lists_of_every_kind_are_read()
    {
        var config = Parse("a = [1, 2]\nb = [true, off]\nd = [1.5, 2]\no = [{ x = 1 }, { x = 2 }]\nn = [[1, 2], [3]]");
        Assert.Equal([1L, 2L], config.GetLongList("a"));
        Assert.Equal([(byte)1, (byte)2], config.GetByteList("a"));
        Assert.Equal([true, false], config.GetBooleanList("b"));
        Assert.Equal([1.5, 2.0], config.GetDoubleList("d"));
        Assert.Equal([1.5f, 2.0f], config.GetFloatList("d"));
        Assert.Equal([1.5m, 2m], config.GetDecimalList("d"));
        Assert.Equal(2, config.GetValue("o")!.GetArray()[1].GetObject()!.GetKey("x")!.GetInt());
        Assert.Equal([1, 2], config.GetValue("n")!.GetArray()[0].GetIntList());
    }

    [Fact]
    public void The_defaults_are_the_documented_ones()
    {
        var config = ConfigurationFactory.Default();
        Assert.Equal("INFO", config.GetString("akka.loglevel"));
        Assert.Equal(10, config.GetInt("akka.log-dead-letters"));
        Assert.Equal(Timeout.InfiniteTimeSpan, config.GetTimeSpan("akka.actor.ask-timeout"));
        Assert.Equal(30, config.GetInt("akka.actor.default-dispatcher.throughput"));
        Assert.Equal(TimeSpan.FromMilliseconds(10), config.GetTimeSpan("akka.scheduler.tick-duration"));
        Assert.Equal(TimeSpan.FromSeconds(5), config.GetTimeSpan("akka.coordinated-shutdown.default-phase-timeout"));
        Assert.True(config.GetBoolean("akka.coordinated-shutdown.terminate-actor-system"));
        Assert.False(config.GetBoolean("akka.coordinated-shutdown.exit-clr"));
        Assert.Equal(["service-unbind"], config.GetStringList("akka.coordinated-shutdown.phases.service-requests-done.depends-on"));
    }
}
