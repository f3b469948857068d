// HOCON that the established engine's built-in parser does not read, or reads otherwise than the specification says.
using Akka.Configuration;
using Akka.Configuration.Hocon;

namespace Akka.Embedded.Tests.Configuration;

public class HoconBeyondTheBuiltInParserTests
{
    private static Config Parse(string hocon) => ConfigurationFactory.ParseString(hocon);

    [Theory]
    [InlineData("a = ${?nowhere}", "a", null)]
    [InlineData("a = 1\na = ${?nowhere}", "a", "1")]
    [InlineData("x = 5\na = ${?x}", "a", "5")]
    [InlineData("a = pre${?nowhere}post", "a", "prepost")]
    [InlineData("a = 1\na = ${a}2", "a", "12")]
    [InlineData("a = 1\na = ${a}2\na = ${a}3", "a", "123")]
    [InlineData("\"a.b\" = 1\nc = ${\"a.b\"}", "c", "1")]
    [InlineData("base { x = 1, y = 2 }\na = ${base} { y = 3 }", "a.x", "1")]
    [InlineData("base { x = 1, y = 2 }\na = ${base} { y = 3 }", "a.y", "3")]
    [InlineData("base { x = 1, y = 2 }\na = ${base} { y = 3 }", "base.y", "2")]
    [InlineData("b { x = 1 }\na = ${b}\na.y = 2", "a.x", "1")]
    [InlineData("b { x = 1 }\na = ${b}\na.y = 2\nc = ${a.x}${a.y}", "c", "12")]
    [InlineData("a { b = 1 }\na = ${a} { c = ${a.b} }\na.b = 2", "a.c", "2")]
    [InlineData("a { b = { c = 1 } }\nx = ${a.b}\ny = ${x.c}", "y", "1")]
    [InlineData("a = null\nb = ${a}", "b", null)]
    [InlineData("a = \"null\"", "a", "null")]
    [InlineData("a = \"  kept  \"", "a", "  kept  ")]
    [InlineData("a = \"\\t\"", "a", "\t")]
    [InlineData("a = \"\"\"x\"\"\"\"", "a", "x\"")]
    [InlineData("a = \"\"\"\n x\"\"\"", "a", "\n x")]
    [InlineData("\uFEFFa = 1", "a", "1")]
    [InlineData("a = yes", "a", "yes")]
    [InlineData("a.b = { c = 1 }, d = 2", "d", "2")]
    [InlineData("include = 1", "include", "1")]
    [InlineData("includes.x = 1", "includes.x", "1")]
    public void Text_reads_as(string hocon, string path, string? expected) => Assert.Equal(expected, Parse(hocon).GetString(path));

    [Theory]
    [InlineData("a += 1", "1")]
    [InlineData("a = [1]\na += 2", "1|2")]
    [InlineData("a = [1]\na += 2\na += 3", "1|2|3")]
    [InlineData("a = [1]\na = ${a} [2]", "1|2")]
    [InlineData("a = [0] ${?a} [2]", "0|2")]
    [InlineData("x = [1]\na = [${?nowhere}, 7]", "7")]
    public void Lists_grow(string hocon, string expected) => Assert.Equal(expected, string.Join('|', Parse(hocon).GetStringList("a")));

    [Fact]
    public void What_nothing_defines_comes_from_the_environment()
    {
        var name = $"AKKADFS_HOCON_{Guid.NewGuid():N}";
        Environment.SetEnvironmentVariable(name, "6001");
        var config = Parse($"port = 5011\nport = ${{?{name}}}\nagain = ${{{name}}}\nother = 1\nother = ${{?{name}_NOT}}");
        Assert.Equal((6001, 6001, 1), (config.GetInt("port"), config.GetInt("again"), config.GetInt("other")));
        Assert.Equal(7, Parse($"{name} = 7\na = ${{{name}}}").GetInt("a"));
    }

    [Theory]
    [InlineData("a = 1.5KiB", 1536)]
    [InlineData("a = 30000000000 b", 30_000_000_000)]
    [InlineData("a = 7EiB", 7L << 60)]
    public void Sizes_may_have_fractions_and_be_large(string hocon, long expected) => Assert.Equal(expected, Parse(hocon).GetByteSize("a"));

    [Theory]
    [InlineData("a = 10us", 100)]
    [InlineData("a = 30000000000 ns", 300_000_000)]
    [InlineData("a = 1.5d", 36 * TimeSpan.TicksPerHour)]
    public void Durations_have_all_units(string hocon, long ticks) => Assert.Equal(ticks, Parse(hocon).GetTimeSpan("a").Ticks);

    [Theory]
    [InlineData("a = 99999999999d")]
    [InlineData("a = 1 parsec")]
    [InlineData("a = .")]
    public void Impossible_durations_are_refused(string hocon) => Assert.Throws<FormatException>(() => Parse(hocon).GetTimeSpan("a"));

    [Theory]
    [InlineData("a = 9EiB")]
    [InlineData("a = 99999999999999999999999999999")]
    [InlineData("a = -")]
    public void Impossible_sizes_are_refused(string hocon) => Assert.Throws<FormatException>(() => Parse(hocon).GetByteSize("a"));

    [Fact]
    public void Yes_and_no_are_booleans() => Assert.Equal((true, false), (Parse("a = yes").GetBoolean("a"), Parse("a = no").GetBoolean("a")));

    [Fact]
    public void An_included_text_may_refer_to_what_includes_it()
    {
        var config = ConfigurationFactory.ParseString("o = 7\nx.y { include \"inner\" }", _ => Parser.Parse("a = ${o}\nb = ${a}", null));
        Assert.Equal((7, 7), (config.GetInt("x.y.a"), config.GetInt("x.y.b")));
    }

    [Fact]
    public void The_other_forms_of_include_are_read()
    {
        var config = ConfigurationFactory.ParseString(
            "include file(\"one\")\ninclude required(file(\"two\"))\ninclude \"missing\"\nz = 1",
            name => name == "missing" ? null : Parser.Parse($"{name} = 1", null));
        Assert.Equal(3, config.AsEnumerable().Count());
        Assert.Throws<Akka.Embedded.Configuration.HoconParseException>(
            () => ConfigurationFactory.ParseString("include required(\"x\")", _ => null));
    }

    [Fact]
    public void Written_out_and_read_again_it_is_the_same()
    {
        var config = Parse("a { b = 1, \"c.d\" = \"x y\", e = [1, { f = \"q\\\"\\n\" }, []] }\nn = null\nt = \"null\"\nu = \"${x}\"\nv = \"\"");
        var again = Parse(config.ToString());
        Assert.Equal(config.ToString(), again.ToString());
        Assert.Equal("x y", again.GetString("a.\"c.d\""));
        Assert.Equal("q\"\n", again.GetValue("a.e")!.GetArray()[1].GetObject()!.GetKey("f")!.GetString());
        Assert.Null(again.GetString("n"));
        Assert.Equal("null", again.GetString("t"));
    }
}
