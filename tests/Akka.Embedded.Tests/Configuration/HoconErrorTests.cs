// Every malformed text names the place; no text exhausts stack or memory.
using Akka.Configuration;
using Akka.Embedded.Configuration;

namespace Akka.Embedded.Tests.Configuration;

public class HoconErrorTests
{
    [Theory]
    [InlineData("a = 1\nb = x:y", 2, 6)]
    [InlineData("a = 1\nb = \"open\nc = 2", 2, 5)]
    [InlineData("a = \"\"\"open\nc = 2", 1, 5)]
    [InlineData("a {\n  b = 1\n", 3, 1)]
    [InlineData("a = 1\n}", 2, 1)]
    [InlineData("{ a = 1 } b = 2", 1, 11)]
    [InlineData("a = [1,\n 2", 2, 3)]
    [InlineData("a = [1,, 2]", 1, 8)]
    [InlineData("a = [,1]", 1, 6)]
    [InlineData("a = [1}", 1, 7)]
    [InlineData("a = 1,, b = 2", 1, 7)]
    [InlineData(", a = 1", 1, 1)]
    [InlineData("a =", 1, 4)]
    [InlineData("x {\n  a =\n}", 3, 1)]
    [InlineData("a b", 1, 4)]
    [InlineData("a\nb = 1", 2, 1)]
    [InlineData("a..b = 1", 1, 3)]
    [InlineData(".a = 1", 1, 1)]
    [InlineData("a. = 1", 1, 4)]
    [InlineData("= 1", 1, 1)]
    [InlineData("a = x$y", 1, 6)]
    [InlineData("a = x*y", 1, 6)]
    [InlineData("a@b = 1", 1, 2)]
    [InlineData("a = \"\\q\"", 1, 7)]
    [InlineData("a = \"\\u12\"", 1, 7)]
    [InlineData("a = ${x", 1, 8)]
    [InlineData("a = ${}", 1, 7)]
    [InlineData("a = ${nowhere}", 1, 5)]
    [InlineData("b = 1\na = ${a}", 2, 5)]
    [InlineData("a = ${b}\nb = ${a}", 2, 5)]
    [InlineData("a = [1] {x = 2}", 1, 9)]
    [InlineData("a = {x = 2} y", 1, 13)]
    [InlineData("a = [1] 2", 1, 9)]
    [InlineData("[1, 2]", 1, 1)]
    [InlineData("a = 1\ninclude \"x\"", 2, 1)]
    public void A_malformed_text_is_refused_at_its_place(string hocon, int line, int column)
    {
        var error = Assert.Throws<HoconParseException>(() => ConfigurationFactory.ParseString(hocon));
        Assert.Equal((line, column), (error.Line, error.Column));
        Assert.Contains($"line {line}, column {column}", error.Message);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("[")]
    [InlineData("[{a=")]
    public void Deep_nesting_is_refused(string opening) =>
        Assert.Throws<HoconParseException>(() => ConfigurationFactory.ParseString($"a = {string.Concat(Enumerable.Repeat(opening, 100_000))}"));

    [Fact]
    public void Long_chains_of_references_are_refused()
    {
        var lines = Enumerable.Range(0, 10_000).Select(i => $"a{i} = ${{a{i + 1}}}");
        Assert.Throws<HoconParseException>(() => ConfigurationFactory.ParseString(string.Join('\n', lines) + "\na10000 = 1"));
    }

    [Fact]
    public void Texts_and_lists_that_double_are_refused_before_they_are_large()
    {
        var texts = Enumerable.Range(0, 60).Select(i => $"a{i + 1} = ${{a{i}}}${{a{i}}}");
        Assert.Throws<HoconParseException>(() => ConfigurationFactory.ParseString("a0 = x\n" + string.Join('\n', texts)));
        Assert.Throws<HoconParseException>(() => ConfigurationFactory.ParseString("a0 = [x]\n" + string.Join('\n', texts)));
    }

    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    public void Random_text_is_read_or_refused_and_nothing_else(int seed)
    {
        const string Alphabet = "ab.=:{}[]\",\n #/$?+\\ 1\tinclude";
        var random = new Random(seed);
        for (var i = 0; i < 20_000; i++)
        {
            var text = new string(random.GetItems<char>(Alphabet, random.Next(40)));
            var error = Record.Exception(() => ConfigurationFactory.ParseString(text));
            Assert.True(error is null or HoconParseException, $"seed {seed}, text '{text}': {error}");
        }
    }
}
