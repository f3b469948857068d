// What the demo stores when nobody names a folder: files that every machine with a .NET SDK has, and not more of them than a
// demonstration needs.

using System.Runtime.InteropServices;
using AkkaDfs.Client.Core;
using AkkaDfs.Client.Transfer;
using AkkaDfs.Shared;

namespace AkkaDfs.Client.Demo;

/// <summary>Chooses what to store.</summary>
internal static class DemoFolder
{
    private const long MostBytes = 192L * 1024 * 1024;
    private const int MostFiles = 1500;

    /// <summary>The folder of the newest SDK beside the running .NET, or the running .NET's own when there is no SDK.</summary>
    public static string Default()
    {
        var runtime = RuntimeEnvironment.GetRuntimeDirectory();
        var root = Environment.GetEnvironmentVariable("DOTNET_ROOT") is { Length: > 0 } given && Directory.Exists(given)
            ? given
            : Path.GetFullPath(Path.Combine(runtime, "..", "..", ".."));
        var sdks = Path.Combine(root, "sdk");
        return Directory.Exists(sdks) && Directory.EnumerateDirectories(sdks).Order(StringComparer.Ordinal).LastOrDefault() is { } newest ? newest : runtime;
    }

    /// <summary>What lies below a path; of the default folder at most so many files and bytes.</summary>
    /// <returns>The tree, and whether something was left out for the sake of time.</returns>
    public static (LocalTree Tree, bool IsPart) Read(string path, string remote, bool limited)
    {
        var tree = new LocalTree();
        tree.Add(path, remote, recursive: true);
        if (tree.Files.Count == 0)
        {
            throw new DfsException(DfsErrorCode.LocalFileError, $"There are no files in {path}. Name a folder that has some.");
        }

        if (!limited)
        {
            return (tree, false);
        }

        var bytes = 0L;
        var all = tree.Files.ToArray();
        tree.Files.Clear();
        foreach (var file in all)
        {
            if (tree.Files.Count < MostFiles && bytes + file.LengthBytes <= MostBytes)
            {
                tree.Files.Add(file);
                bytes += file.LengthBytes;
            }
        }

        var needed = tree.Files.Select(f => RemotePath.ParentOf(f.Remote)).ToHashSet(StringComparer.Ordinal);
        tree.Directories.RemoveAll(d => !needed.Any(n => n == d.Remote || n.StartsWith(d.Remote + "/", StringComparison.Ordinal)));
        return (tree, tree.Files.Count < all.Length);
    }
}
