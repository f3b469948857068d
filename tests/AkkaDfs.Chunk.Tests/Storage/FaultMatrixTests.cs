// One fault at a time: every kind of file, every region of it, everything a disk can do to it. What comes of each is worked out
// here and compared with docs/fault-matrix.md, so that the page says what the program does.

using System.Text;
using Xunit.Abstractions;

namespace AkkaDfs.Chunk.Tests.Storage;

public sealed class FaultMatrixTests(ITestOutputHelper output)
{
    private const string Page = "docs/fault-matrix.md";
    private const string Begin = "<!-- worked out by FaultMatrixTests -->";
    private const string End = "<!-- end -->";

    [Fact]
    public void S2_09_Every_single_fault_ends_as_the_page_says_and_none_in_wrong_bytes()
    {
        var table = Table();
        output.WriteLine(table);
        var path = Path.Combine(RepositoryRoot(), Page);
        var page = File.ReadAllText(path);
        var written = page[(page.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length)..page.IndexOf(End, StringComparison.Ordinal)].Trim();
        if (Environment.GetEnvironmentVariable("DFS_WRITE_FAULT_MATRIX") == "1")
        {
            File.WriteAllText(path, page.Replace(written, table, StringComparison.Ordinal));
            written = table;
        }

        Assert.Equal(table.ReplaceLineEndings("\n"), written.ReplaceLineEndings("\n"));
    }

    private static string Table()
    {
        var text = new StringBuilder("| file | where | fault | what comes of it |\n|---|---|---|---|\n");
        foreach (var kind in FaultCase.Kinds)
        {
            foreach (var (region, fault) in FaultCase.Faults(kind))
            {
                using var fixture = new FaultCase(kind);
                text.Append($"| {kind} | {region} | {fault} | {fixture.Run(region, fault)} |\n");
            }
        }

        return text.ToString().TrimEnd();
    }

    private static string RepositoryRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder!.FullName, "AkkaDfs.sln")))
        {
            folder = folder.Parent;
        }

        return folder.FullName;
    }
}
