// Files that include files.
using Akka.Configuration;
using Akka.Embedded.Configuration;

namespace Akka.Embedded.Tests.Configuration;

public sealed class HoconFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("hocon").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Includes_are_relative_to_the_including_file()
    {
        Write("main.conf", "include \"profiles/small\"\ninclude \"profiles/small.conf\"\na = ${b}");
        Write("profiles/small.conf", "include \"../common.conf\"\nc = 3");
        Write("common.conf", "b = 2");
        var config = HoconFile.Read(Path.Combine(_folder, "main.conf"));
        Assert.Equal((2, 2, 3), (config.GetInt("a"), config.GetInt("b"), config.GetInt("c")));
    }

    [Fact]
    public void Files_that_include_each_other_are_refused()
    {
        Write("a.conf", "include \"b.conf\"");
        Write("b.conf", "include \"a.conf\"");
        var error = Assert.Throws<ConfigurationException>(() => HoconFile.Read(Path.Combine(_folder, "a.conf")));
        Assert.Contains("include each other", error.Message);
    }

    [Fact]
    public void An_error_names_the_included_file()
    {
        Write("a.conf", "x = 1\ninclude \"b.conf\"");
        Write("b.conf", "y = 1\nz = ");
        var error = Assert.Throws<HoconParseException>(() => HoconFile.Read(Path.Combine(_folder, "a.conf")));
        Assert.EndsWith("b.conf", error.SourceName);
        Assert.Equal((2, 5), (error.Line, error.Column));
    }

    [Fact]
    public void A_missing_file_is_said_to_be_missing() =>
        Assert.Throws<FileNotFoundException>(() => HoconFile.Read(Path.Combine(_folder, "none.conf")));

    private void Write(string name, string text)
    {
        var path = Path.Combine(_folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }
}
