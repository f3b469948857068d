// The ban on clocks, files, tasks and actors in Core folders is worth something only if it bites: a small project with one
// offence per rule is built with the repository's own settings, and each offence must be reported as an error.

using Xunit;

namespace AkkaDfs.Tidy.Tests;

public sealed class CorePurityTests
{
    private const string Offences = """
        namespace Probe.Core;

        public static class Offender
        {
            public static long Clock() => System.DateTime.UtcNow.Ticks;
            public static bool Disk() => System.IO.File.Exists("x");
            public static System.Threading.Tasks.Task Work() => System.Threading.Tasks.Task.CompletedTask;
            public static int Chance() => System.Random.Shared.Next();
            public static System.Guid Identity() => System.Guid.NewGuid();
        }
        """;

    [Theory]
    [InlineData("Core", new[] { "UtcNow", "System.IO", "System.Threading.Tasks", "Random.Shared", "Guid.NewGuid" })]
    [InlineData("Storage", new string[0])]
    public async Task Banned_symbols_are_errors_in_Core_and_nowhere_else(string room, string[] expected)
    {
        var folder = Directory.CreateTempSubdirectory("dfs-tidy-").FullName;
        try
        {
            var project = Path.Combine(folder, "src", "Probe");
            Directory.CreateDirectory(Path.Combine(project, room));
            foreach (var file in new[] { ".editorconfig", "Directory.Build.props", "Directory.Packages.props", "BannedSymbols.txt" })
            {
                File.Copy(Path.Combine(Repository.Root, file), Path.Combine(folder, file));
            }

            File.WriteAllText(Path.Combine(project, "Probe.csproj"), "<Project Sdk=\"Microsoft.NET.Sdk\" />");
            File.WriteAllText(Path.Combine(project, room, "Offender.cs"), Offences + "\n");
            var (exitCode, output) = await Repository.RunAsync(project, "dotnet", "build", "--nologo", "-v", "q");
            Assert.Equal(expected.Length == 0, exitCode == 0);
            foreach (var symbol in expected)
            {
                Assert.Contains(output.Split('\n'), line => line.Contains("error RS0030", StringComparison.Ordinal) && line.Contains(symbol, StringComparison.Ordinal));
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
