// HOCON files on disk whose includes name other files, relative to the including one. Part of Akka.Embedded.
using Akka.Configuration;
using Akka.Configuration.Hocon;

namespace Akka.Embedded.Configuration;

/// <summary>Reads HOCON files with their includes.</summary>
public static class HoconFile
{
    /// <summary>Files may include files this deep; a file that includes itself is stopped here too.</summary>
    public const int MaxIncludeDepth = 16;

    /// <summary>No file may be longer.</summary>
    public const int MaxLengthBytes = 4 << 20;

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file; includes are relative to its folder. A missing included file counts as empty, as HOCON says.</param>
    /// <exception cref="FileNotFoundException">The file is not there.</exception>
    /// <exception cref="ConfigurationException">A file is malformed, too long, or includes too deep.</exception>
    public static Config Read(string path) => new(ReadRoot(Path.GetFullPath(path), depth: 0));

    private static HoconRoot ReadRoot(string path, int depth)
    {
        var length = new FileInfo(path).Length;
        if (length > MaxLengthBytes)
            throw new ConfigurationException($"{path} is {length} bytes long; a configuration file has at most {MaxLengthBytes}.");
        return new HoconRoot(HoconReader.Read(File.ReadAllText(path), path, name => Include(path, name, depth + 1)));
    }

    private static HoconRoot? Include(string from, string name, int depth)
    {
        var path = Path.GetFullPath(name, Path.GetDirectoryName(from)!);
        if (depth > MaxIncludeDepth)
            throw new ConfigurationException($"{from} includes {name} at a depth of more than {MaxIncludeDepth}: do the files include each other?");
        return File.Exists(path) ? ReadRoot(path, depth) : null;
    }
}
