// The HOCON that both engines read alike. What goes beyond the established engine's built-in parser is tested with the
// embedded engine.
using Akka.Configuration;
using Akka.Configuration.Hocon;

namespace AkkaDfs.Engine.Specs.Configuration;

public class HoconConformanceSpec
{
    [Theory]
    // nesting and keys
    [InlineData("a = 1", Read.Int, "a", "1")]
    [InlineData("a : 1", Read.Int, "a", "1")]
    [InlineData("a { b = 1 }", Read.Int, "a.b", "1")]
    [InlineData("a = { b = 1 }", Read.Int, "a.b", "1")]
    [InlineData("a : { b : { c : 1 } }", Read.Int, "a.b.c", "1")]
    [InlineData("a.b.c = 1", Read.Int, "a.b.c", "1")]
    [InlineData("a.b { c.d = 1 }", Read.Int, "a.b.c.d", "1")]
    [InlineData("a\n{ b = 1 }", Read.Int, "a.b", "1")]
    [InlineData("a =\n{ b = 1 }", Read.Int, "a.b", "1")]
    [InlineData("{ a = 1 }", Read.Int, "a", "1")]
    [InlineData("{ \"a\" : { \"b\" : 1 } }", Read.Int, "a.b", "1")]
    [InlineData("\"a.b\" = 1", Read.Int, "\"a.b\"", "1")]
    [InlineData("a.\"b.c\".d = 1", Read.Int, "a.\"b.c\".d", "1")]
    [InlineData("a { \"/user/*\" = 1 }", Read.Keys, "a", "/user/*")]
    [InlineData("a b c = 1", Read.Int, "a b c", "1")]
    [InlineData("  a-b_c  = 1", Read.Int, "a-b_c", "1")]
    [InlineData("/a/b { c = 1 }", Read.Int, "/a/b.c", "1")]
    [InlineData("3.14 = 42", Read.Int, "3.14", "42")]
    [InlineData("a.0.b = 1", Read.Int, "a.0.b", "1")]
    [InlineData("true = 42", Read.Int, "true", "42")]
    [InlineData("schlüssel = größe", Read.Text, "schlüssel", "größe")]
    [InlineData("a { b = 1, c = 2 }", Read.Keys, "a", "b|c")]
    [InlineData("a { b = 1, c = 2, }", Read.Int, "a.c", "2")]
    [InlineData("a { b = 1\n c = 2\n }", Read.Int, "a.c", "2")]
    [InlineData("a = 1\r\nb = x\r\n", Read.Text, "b", "x")]
    [InlineData("\ta\t=\t1\t", Read.Int, "a", "1")]
    [InlineData("", Read.Has, "a", "False")]
    [InlineData("a = 1", Read.Has, "a", "True")]
    [InlineData("a = 1", Read.Has, "b", "False")]
    [InlineData("a = 1", Read.Has, "a.b", "False")]
    [InlineData("a = null", Read.Has, "a", "True")]
    // comments
    [InlineData("# first\na = 1", Read.Int, "a", "1")]
    [InlineData("// first\na = 1", Read.Int, "a", "1")]
    [InlineData("a = 1 # last", Read.Int, "a", "1")]
    [InlineData("a = 1 // last", Read.Int, "a", "1")]
    [InlineData("a = foo bar # last\nb = 2", Read.Text, "a", "foo bar")]
    [InlineData("a = \"x # y // z\"", Read.Text, "a", "x # y // z")]
    [InlineData("a {\n # inside\n b = 1\n}", Read.Int, "a.b", "1")]
    [InlineData("a = [ 1 # one\n 2 // two\n ]", Read.Ints, "a", "1|2")]
    // text
    [InlineData("a = hello", Read.Text, "a", "hello")]
    [InlineData("a = hello world", Read.Text, "a", "hello world")]
    [InlineData("a =   spaced  out   ", Read.Text, "a", "spaced  out")]
    [InlineData("a = \"\"", Read.Text, "a", "")]
    [InlineData("a = \"x\" y \"z\"", Read.Text, "a", "x y z")]
    [InlineData("a = \"tab\\tx\"", Read.Text, "a", "tab\tx")]
    [InlineData("a = \"line\\nline\"", Read.Text, "a", "line\nline")]
    [InlineData("a = \"\\\"q\\\" \\\\ \\/\"", Read.Text, "a", "\"q\" \\ /")]
    [InlineData("a = \"\\u0041\\u00e4\"", Read.Text, "a", "Aä")]
    [InlineData("a = \"\"\"raw \\ \"quoted\" text\"\"\"", Read.Text, "a", "raw \\ \"quoted\" text")]
    [InlineData("a = \"\"\"first\nsecond\"\"\"", Read.Text, "a", "first\nsecond")]
    [InlineData("a = 127.0.0.1", Read.Text, "a", "127.0.0.1")]
    [InlineData("a = \"akka.tcp://dfs@127.0.0.1:5011\"", Read.Text, "a", "akka.tcp://dfs@127.0.0.1:5011")]
    [InlineData("a = x/y-z_(1)%<>|;'~+", Read.Text, "a", "x/y-z_(1)%<>|;'~+")]
    [InlineData("a = null", Read.Text, "a", null)]
    [InlineData("a { b = 1 }", Read.Text, "a", null)]
    [InlineData("a = [1]", Read.Text, "a", null)]
    // numbers and booleans
    [InlineData("a = -17", Read.Int, "a", "-17")]
    [InlineData("a = +17", Read.Int, "a", "17")]
    [InlineData("a = \"17\"", Read.Int, "a", "17")]
    [InlineData("b = 1", Read.Int, "a", "0")]
    [InlineData("a = 9999999999", Read.Long, "a", "9999999999")]
    [InlineData("a = 1.5", Read.Double, "a", "1.5")]
    [InlineData("a = 1e3", Read.Double, "a", "1000")]
    [InlineData("a = -1.25", Read.Decimal, "a", "-1.25")]
    [InlineData("a = true", Read.Bool, "a", "True")]
    [InlineData("a = on", Read.Bool, "a", "True")]
    [InlineData("a = false", Read.Bool, "a", "False")]
    [InlineData("a = off", Read.Bool, "a", "False")]
    [InlineData("b = 1", Read.Bool, "a", "False")]
    // durations
    [InlineData("a = 250", Read.Millis, "a", "250")]
    [InlineData("a = 10ms", Read.Millis, "a", "10")]
    [InlineData("a = 10 milliseconds", Read.Millis, "a", "10")]
    [InlineData("a = 1000000 ns", Read.Millis, "a", "1")]
    [InlineData("a = 100 micros", Read.Millis, "a", "0.1")]
    [InlineData("a = 0.5s", Read.Millis, "a", "500")]
    [InlineData("a = 3 seconds", Read.Millis, "a", "3000")]
    [InlineData("a = 2m", Read.Millis, "a", "120000")]
    [InlineData("a = 1 minute", Read.Millis, "a", "60000")]
    [InlineData("a = 1h", Read.Millis, "a", "3600000")]
    [InlineData("a = 2 hours", Read.Millis, "a", "7200000")]
    [InlineData("a = 1d", Read.Millis, "a", "86400000")]
    [InlineData("a = infinite", Read.Millis, "a", "-1")]
    [InlineData("b = 1", Read.Millis, "a", "0")]
    // sizes
    [InlineData("a = 4096", Read.Bytes, "a", "4096")]
    [InlineData("a = 128b", Read.Bytes, "a", "128")]
    [InlineData("a = 10 bytes", Read.Bytes, "a", "10")]
    [InlineData("a = 10kB", Read.Bytes, "a", "10000")]
    [InlineData("a = 10 kilobytes", Read.Bytes, "a", "10000")]
    [InlineData("a = 10K", Read.Bytes, "a", "10240")]
    [InlineData("a = 10KiB", Read.Bytes, "a", "10240")]
    [InlineData("a = \"64 MiB\"", Read.Bytes, "a", "67108864")]
    [InlineData("a = 64MB", Read.Bytes, "a", "64000000")]
    [InlineData("a = 2GiB", Read.Bytes, "a", "2147483648")]
    [InlineData("a = 1TB", Read.Bytes, "a", "1000000000000")]
    [InlineData("b = 1", Read.Bytes, "a", "")]
    // lists
    [InlineData("a = [1, 2, 3]", Read.Ints, "a", "1|2|3")]
    [InlineData("a = [1, 2, 3,]", Read.Ints, "a", "1|2|3")]
    [InlineData("a = [\n1\n2\n\n3\n]", Read.Ints, "a", "1|2|3")]
    [InlineData("a =\n[1]", Read.Ints, "a", "1")]
    [InlineData("a = []", Read.Ints, "a", "")]
    [InlineData("a = [1, 2] [3]", Read.Ints, "a", "1|2|3")]
    [InlineData("a = [1 2 3]", Read.Texts, "a", "1 2 3")]
    [InlineData("a = [x, \"y z\"]", Read.Texts, "a", "x|y z")]
    [InlineData("a = [1, 2]\na = [3]", Read.Ints, "a", "3")]
    [InlineData("b = 1", Read.Texts, "a", "")]
    // merging
    [InlineData("a = 1\na = 2", Read.Int, "a", "2")]
    [InlineData("a.b = 1\na.c = 2", Read.Keys, "a", "b|c")]
    [InlineData("a { b = 1 }\na { c = 2 }", Read.Int, "a.b", "1")]
    [InlineData("a { b = 1 }\na { b = 2 }", Read.Int, "a.b", "2")]
    [InlineData("a { b { x = 1 } }\na.b.y = 2", Read.Int, "a.b.x", "1")]
    [InlineData("a = 1\na { b = 2 }", Read.Int, "a.b", "2")]
    [InlineData("a { b = 2 }\na = 1", Read.Has, "a.b", "False")]
    [InlineData("a { b = 1 }\na = null\na { c = 2 }", Read.Has, "a.b", "False")]
    // substitution
    [InlineData("a = 1\nb = ${a}", Read.Int, "b", "1")]
    [InlineData("b = ${a}\na = 1", Read.Int, "b", "1")]
    [InlineData("a = 1\nb = ${a}\na = 2", Read.Int, "b", "2")]
    [InlineData("a { b = 1, c = ${a.b} }", Read.Int, "a.c", "1")]
    [InlineData("a = 1\nb = ${a}23", Read.Int, "b", "123")]
    [InlineData("a = x\nb = pre ${a} post", Read.Text, "b", "pre x post")]
    [InlineData("a = x\nb = \"pre \"${a}\" post\"", Read.Text, "b", "pre x post")]
    [InlineData("a = 1\nb = \"${a}\"", Read.Text, "b", "${a}")]
    [InlineData("a = [1, 2]\nb = ${a} [3]", Read.Ints, "b", "1|2|3")]
    [InlineData("a = x\nb = [y, ${a}]", Read.Texts, "b", "y|x")]
    [InlineData("a { x = 1, y = 2 }\nb = ${a}", Read.Int, "b.y", "2")]
    public void Text_reads_as(string hocon, Read read, string path, string? expected) =>
        Assert.Equal(expected, HoconTable.ReadAs(ConfigurationFactory.ParseString(hocon), read, path));

    [Theory]
    [InlineData("a = x:y")]
    [InlineData("a = x=y")]
    [InlineData("a = akka.tcp://dfs@127.0.0.1:5011")]
    [InlineData("a = [akka.tcp://dfs@127.0.0.1:5011]")]
    public void An_unquoted_separator_in_a_value_is_a_configuration_error(string hocon) =>
        Assert.ThrowsAny<ConfigurationException>(() => ConfigurationFactory.ParseString(hocon));

    [Theory]
    [InlineData("a = ${nowhere.to.be.found}")]
    [InlineData("a = 1,, b = 2")]
    [InlineData("a =")]
    [InlineData("a = x$y")]
    [InlineData("a = x*y")]
    [InlineData("a = \"\\q\"")]
    [InlineData("[1, 2]")]
    public void Malformed_text_is_refused(string hocon) =>
        Assert.ThrowsAny<Exception>(() => ConfigurationFactory.ParseString(hocon));

    [Theory]
    [InlineData("a = abc", Read.Int, typeof(FormatException))]
    [InlineData("a = 1.5", Read.Int, typeof(FormatException))]
    [InlineData("a = 99999999999", Read.Int, typeof(OverflowException))]
    [InlineData("a = abc", Read.Double, typeof(FormatException))]
    [InlineData("a = maybe", Read.Bool, typeof(NotSupportedException))]
    [InlineData("a = True", Read.Bool, typeof(NotSupportedException))]
    [InlineData("a = 10 fortnights", Read.Millis, typeof(FormatException))]
    [InlineData("a = -5s", Read.Millis, typeof(FormatException))]
    [InlineData("a = 10 KB", Read.Bytes, typeof(FormatException))]
    [InlineData("a = big", Read.Bytes, typeof(FormatException))]
    public void A_value_of_another_type_is_refused(string hocon, Read read, Type exception)
    {
        var config = ConfigurationFactory.ParseString(hocon);
        Assert.IsType(exception, Record.Exception(() => HoconTable.ReadAs(config, read, "a")));
    }

    [Theory]
    [InlineData("a.x = 1", "a.x = 2", Read.Int, "a.x", "1")]
    [InlineData("a.x = 1", "a.y = 2", Read.Int, "a.y", "2")]
    [InlineData("a { b { x = 1 } }", "a { b { y = 2 } }", Read.Keys, "a.b", "x|y")]
    [InlineData("a = 1", "a { b = 2 }", Read.Int, "a", "1")]
    [InlineData("a { b = 2 }", "a = 1", Read.Int, "a.b", "2")]
    [InlineData("a = [1]", "a = [2, 3]", Read.Ints, "a", "1")]
    [InlineData("a = null", "a = 1", Read.Text, "a", null)]
    [InlineData("", "a = 1", Read.Int, "a", "1")]
    [InlineData("a = 1", "", Read.Int, "a", "1")]
    [InlineData("x = 1\na = ${x}", "x = 2", Read.Int, "a", "1")]
    public void A_fallback_fills_what_is_missing(string first, string second, Read read, string path, string? expected)
    {
        var config = ConfigurationFactory.ParseString(first).WithFallback(ConfigurationFactory.ParseString(second));
        Assert.Equal(expected, HoconTable.ReadAs(config, read, path));
    }

    [Theory]
    [InlineData("include \"other\"", "a = 1", Read.Int, "a", "1")]
    [InlineData("include \"other\"\na = 2", "a = 1", Read.Int, "a", "2")]
    [InlineData("a = 2\ninclude \"other\"", "a = 1", Read.Int, "a", "1")]
    [InlineData("x { include \"other\" }", "a = 1", Read.Int, "x.a", "1")]
    [InlineData("x { include \"other\" }", "a = 1\nb = ${a}", Read.Int, "x.b", "1")]
    [InlineData("x { include \"other\"\n c = 3 }", "a { b = 1 }", Read.Int, "x.c", "3")]
    [InlineData("include \"other\"\nb = ${a}", "a = 1", Read.Int, "b", "1")]
    [InlineData("a { x = 1 }\ninclude \"other\"", "a { y = 2 }", Read.Keys, "a", "x|y")]
    public void Includes_are_read_through_the_callback(string hocon, string other, Read read, string path, string expected)
    {
        var names = new List<string>();
        var config = ConfigurationFactory.ParseString(hocon, name =>
        {
            names.Add(name);
            return Parser.Parse(other, null);
        });
        Assert.Equal(expected, HoconTable.ReadAs(config, read, path));
        Assert.Equal(["other"], names);
    }
}
