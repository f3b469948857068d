// Words, lines, amounts and names as people type and read them.

using AkkaDfs.Client.Core;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Client.Tests.Core;

public sealed class TextTests
{
    [Theory]
    [InlineData("ls  -l /a", new[] { "ls", "-l", "/a" }, '\0')]
    [InlineData("put 'a b' \"c'd\" e\\ f", new[] { "put", "a b", "c'd", "e f" }, '\0')]
    [InlineData("a'b'\"c\"d", new[] { "abcd" }, '\0')]
    [InlineData("x \"a\\\"b\\\\c\\d\"", new[] { "x", "a\"b\\c\\d" }, '\0')]
    [InlineData("a # comment", new[] { "a" }, '\0')]
    [InlineData("a#b", new[] { "a#b" }, '\0')]
    [InlineData("a ''", new[] { "a", "" }, '\0')]
    [InlineData("cat 'un closed", new[] { "cat", "un closed" }, '\'')]
    [InlineData("   ", new string[0], '\0')]
    public void Lines_are_cut_as_people_expect(string line, string[] words, char openQuote)
    {
        var split = ShellWords.Split(line);
        Assert.Equal(words, split.Words);
        Assert.Equal(openQuote, split.OpenQuote);
    }

    [Fact]
    public void Every_word_survives_quoting()
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        const string Alphabet = "ab'\"\\ #$é\t/";
        for (var i = 0; i < 5000; i++)
        {
            var words = Enumerable.Range(0, random.Next(1, 4))
                .Select(_ => new string([.. Enumerable.Range(0, random.Next(0, 8)).Select(_ => Alphabet[random.Next(Alphabet.Length)])]))
                .ToArray();
            Assert.True(words.SequenceEqual(ShellWords.Split(string.Join(' ', words.Select(ShellWords.Quote))).Words), $"seed {seed}, round {i}: {string.Join('|', words)}");
        }
    }

    [Fact]
    public void A_line_is_edited_around_its_cursor()
    {
        var line = new LineBuffer();
        line.Insert("put some file");
        line.KillWord();
        Assert.Equal("put some ", line.Text);
        line.WordLeft();
        line.Insert("x");
        Assert.Equal("put xsome ", line.Text);
        line.Backspace();
        line.Delete();
        Assert.Equal("put ome ", line.Text);
        line.Home();
        line.WordRight();
        line.KillToEnd();
        Assert.Equal("put", line.Text);
        line.Insert("😀");
        line.Left();
        Assert.Equal(3, line.Cursor);
        line.Right();
        line.Backspace();
        Assert.Equal("put", line.Text);
        line.KillToStart();
        Assert.Equal((string.Empty, 0), (line.Text, line.Cursor));
    }

    [Fact]
    public void A_long_line_moves_under_a_narrow_window()
    {
        var line = new LineBuffer();
        line.Insert("0123456789");
        Assert.Equal(("6789", 4), line.Window(5));
        line.Home();
        Assert.Equal(("01234", 0), line.Window(5));
    }

    [Theory]
    [InlineData("", new[] { "cat", "cd" }, "c", new string[0])]
    [InlineData("ca", new[] { "cat", "cd" }, "cat ", new string[0])]
    [InlineData("c", new[] { "cat", "cd" }, null, new[] { "cat", "cd" })]
    [InlineData("x", new[] { "cat", "cd" }, null, new string[0])]
    [InlineData("/a", new[] { "/alpha/" }, "/alpha/", new string[0])]
    [InlineData("/a b", new[] { "/a b1", "/a b2" }, null, new[] { "a b1", "a b2" })]
    [InlineData("/a", new[] { "/a b1", "/a b2" }, "'/a b", new string[0])]
    [InlineData("/x y", new[] { "/x y z" }, "'/x y z' ", new string[0])]
    public void Tab_adds_what_is_certain_and_shows_what_is_not(string partial, string[] candidates, string? replacement, string[] choices)
    {
        var result = Completion.Complete(partial, candidates);
        Assert.Equal(replacement, result.Replacement);
        Assert.Equal(replacement is null ? choices : result.Choices, result.Choices);
    }

    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(1023, "1023 B")]
    [InlineData(1024, "1.0 KiB")]
    [InlineData(1536, "1.5 KiB")]
    [InlineData(102_400, "100 KiB")]
    [InlineData(67_108_864, "64.0 MiB")]
    [InlineData(long.MaxValue, "8.0 EiB")]
    public void Sizes_are_short(long bytes, string text) => Assert.Equal(text, Amounts.Bytes(bytes));

    [Theory]
    [InlineData("8192", 8192L)]
    [InlineData("8k", 8192L)]
    [InlineData("64MiB", 67_108_864L)]
    [InlineData("1.5 KiB", 1536L)]
    [InlineData("2GB", 2_147_483_648L)]
    [InlineData("x", null)]
    [InlineData("1X", null)]
    [InlineData("-1", null)]
    [InlineData("", null)]
    [InlineData("99999999E", null)]
    public void Sizes_are_read(string text, object? bytes)
        => Assert.Equal(bytes, Amounts.TryParseBytes(text, out var value) ? (object)value : null);

    [Theory]
    [InlineData(NodeKind.File, 0x81A4u, "-rw-r--r--")]
    [InlineData(NodeKind.Directory, 0x43FFu, "drwxrwxrwt")]
    [InlineData(NodeKind.File, 0x8DEDu, "-rwsr-sr-x")]
    public void Modes_look_like_those_of_ls(NodeKind kind, uint mode, string text) => Assert.Equal(text, ModeText.Of(kind, mode));

    [Fact]
    public void Progress_shows_rate_and_time_to_go()
    {
        var meter = new ProgressMeter(1000 * 1024, 12);
        Assert.Null(meter.Remaining(0));
        meter.Sample(TimeSpan.FromSeconds(1), 100 * 1024);
        meter.Sample(TimeSpan.FromSeconds(2), 200 * 1024);
        Assert.Equal(" 20%  200 KiB of 1000 KiB  3 of 12 files  100 KiB/s  8.0 s to go", meter.Line(200 * 1024, 3));
        for (var second = 3; second < 60; second++)
        {
            meter.Sample(TimeSpan.FromSeconds(second), (200 + second) * 1024);
        }

        Assert.InRange(meter.BytesPerSecond, 1000, 1050);
    }
}
