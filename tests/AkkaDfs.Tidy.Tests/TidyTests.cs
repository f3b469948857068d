// What no compiler checks: leftovers, undocumented errors and keys, dead links, folders that are not as agreed.

using System.Text.RegularExpressions;
using AkkaDfs.Shared;
using Xunit;

namespace AkkaDfs.Tidy.Tests;

public sealed partial class TidyTests
{
    private static IEnumerable<string> Sources
        => new[] { "engine", "src", "tests", "bench" }.SelectMany(f => Repository.Files(f, "*.cs"));

    [Fact]
    public void No_source_file_has_leftovers()
    {
        string[] leftovers = ["TO" + "DO", "FIX" + "ME", "NotImplemented" + "Exception"];
        var found = Sources
            .SelectMany(file => Repository.Read(file).Split('\n').Select((line, i) => (file, line, number: i + 1)))
            .Where(at => leftovers.Any(l => at.line.Contains(l, StringComparison.Ordinal)))
            .Select(at => $"{at.file}:{at.number}: {at.line.Trim()}");
        Assert.Empty(found);
    }

    [Fact]
    public void No_catch_block_is_empty()
    {
        var found = Sources.SelectMany(file => EmptyCatch().Matches(Repository.Read(file)).Select(m => $"{file}: {m.Value}"));
        Assert.Empty(found);
    }

    [Fact]
    public void Every_error_code_is_documented_with_what_to_do_next()
    {
        var page = Repository.Read("docs/errors.md");
        var missing = Enum.GetValues<DfsErrorCode>()
            .Where(code => code != DfsErrorCode.None)
            .Where(code => !Regex.IsMatch(page, $@"^\| {(int)code} \| `{code}` \| {DfsError.AdviceFor(code)} \| [^|]+ \| [^|]+ \|$", RegexOptions.Multiline));
        Assert.Empty(missing);
    }

    [Fact]
    public void Error_codes_lie_in_the_range_of_their_area()
        => Assert.All(Enum.GetValues<DfsErrorCode>(), code => Assert.True(code == DfsErrorCode.None || (int)code is > 1000 and < 5000));

    [Fact]
    public void Every_relative_link_in_the_documentation_leads_to_a_file()
    {
        var pages = Repository.Files("docs", "*.md").Append("README.md");
        var dead =
            from page in pages
            from Match link in MarkdownLink().Matches(Repository.Read(page))
            let target = link.Groups[1].Value.Split('#')[0]
            where target.Length > 0 && !target.Contains("://", StringComparison.Ordinal) && !target.StartsWith("mailto:", StringComparison.Ordinal)
            let path = Path.Combine(Repository.Root, Path.GetDirectoryName(page) ?? string.Empty, target)
            where !File.Exists(path) && !Directory.Exists(path)
            select $"{page}: {target}";
        Assert.Empty(dead);
    }

    [Fact]
    public void Every_configuration_key_has_a_comment()
    {
        var lines = Repository.Read("hocon/reference.conf").Split('\n');
        var bare = lines
            .Select((line, i) => (line, i))
            .Where(at => KeyLine().IsMatch(at.line) && !lines[at.i - 1].TrimStart().StartsWith('#'))
            .Select(at => at.line.Trim());
        Assert.Empty(bare);
    }

    [Fact]
    public void Only_the_switch_file_knows_which_engine_stands_behind_the_actors()
    {
        var conditional = Repository.Files("src", "*.cs").Where(f => Repository.Read(f).Contains("\n#if", StringComparison.Ordinal));
        Assert.Empty(conditional);

        // The simulation stands on what the embedded engine has beyond Akka.NET, and is left out with another one (decision 012).
        var naming = Repository.Files("src", "*.cs")
            .Where(f => !f.Contains("AkkaDfs.Simulation", StringComparison.Ordinal) && Repository.Read(f).Contains("Akka.Embedded", StringComparison.Ordinal));
        Assert.Empty(naming);
    }

    [Fact]
    public void What_runs_in_the_simulation_leaves_its_thread_nowhere()
    {
        string[] rooms = ["src/AkkaDfs.Shared/DataPlane", "src/AkkaDfs.Chunk/Actors", "src/AkkaDfs.Chunk/DataPlane", "src/AkkaDfs.Meta/Actors", "src/AkkaDfs.Client/Files", "src/AkkaDfs.Client/Mounting"];
        var own = rooms.SelectMany(r => Repository.Files(r, "*.cs"))
            .Concat(Repository.Files("src/AkkaDfs.Client", "*.cs").Where(f => f.Count(c => c == '/') == 2))
            .Where(f => !f.EndsWith("AddressProbe.cs", StringComparison.Ordinal) && !f.EndsWith("Program.cs", StringComparison.Ordinal));
        Assert.DoesNotContain(own, f => Leaves().IsMatch(Repository.Read(f)));
    }

    [GeneratedRegex(@"ConfigureAwait\(false\)|Task\.Run\(|\.CancelAsync\(\)|Guid\.NewGuid|Parallel\.|new SemaphoreSlim|new Timer\(")]
    private static partial Regex Leaves();

    [GeneratedRegex(@"catch\s*(\([^)]*\))?\s*(when\s*\([^{]*\))?\s*\{\s*\}")]
    private static partial Regex EmptyCatch();

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex MarkdownLink();

    [GeneratedRegex(@"^\s+[a-z][a-z-]* = ")]
    private static partial Regex KeyLine();
}
