// Real files to store: a copy of part of the SDK that runs this test, and a large file made of a seed.

using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace AkkaDfs.MultiNode;

internal static class RealFiles
{
    /// <summary>Copies the first <paramref name="count"/> files of the SDK, in order of paths, each at most 1 MiB.</summary>
    internal static void CopySdk(string target, int count)
    {
        var root = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", "sdk"));
        var files = Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories)
            .Where(f => new FileInfo(f).Length <= 1 << 20)
            .Order(StringComparer.Ordinal)
            .Take(count);
        foreach (var file in files)
        {
            var copy = Path.Combine(target, Path.GetRelativePath(root, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }

    /// <summary>Writes a file of random bytes; the same for the same seed.</summary>
    internal static void MakeLarge(string file, long lengthBytes, int seed)
    {
        var random = new Random(seed);
        var block = new byte[1 << 20];
        using var stream = File.Create(file);
        for (var left = lengthBytes; left > 0; left -= block.Length)
        {
            random.NextBytes(block);
            stream.Write(block, 0, (int)Math.Min(block.Length, left));
        }
    }

    /// <summary>Relative path and SHA-256 of every file below a folder.</summary>
    internal static SortedDictionary<string, string> Hashes(string folder)
    {
        var hashes = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
        {
            using var stream = File.OpenRead(file);
            hashes[Path.GetRelativePath(folder, file)] = Convert.ToHexString(SHA256.HashData(stream));
        }

        return hashes;
    }
}
