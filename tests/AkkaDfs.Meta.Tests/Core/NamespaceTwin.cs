// A second, simple model of the tree, written from the POSIX rules alone, to hold the real one against.

using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Meta.Tests.Core;

/// <summary>A tree of dictionaries.</summary>
internal sealed class NamespaceTwin
{
    private readonly Node _root = new(true);

    internal IEnumerable<string> Paths() => Walk(_root, string.Empty);

    internal DfsErrorCode Create(string path)
    {
        var (code, parent, name) = Parent(path);
        if (code != DfsErrorCode.None)
        {
            return code;
        }

        return parent!.Children!.TryAdd(name, new Node(false)) ? DfsErrorCode.None : DfsErrorCode.AlreadyExists;
    }

    internal DfsErrorCode MakeDirectory(string path)
    {
        var (code, parent, name) = Parent(path);
        if (code != DfsErrorCode.None)
        {
            return code;
        }

        return parent!.Children!.TryAdd(name, new Node(true)) ? DfsErrorCode.None : DfsErrorCode.AlreadyExists;
    }

    internal DfsErrorCode Remove(string path, bool recursive)
    {
        var (code, parent, name) = Parent(path);
        if (code != DfsErrorCode.None)
        {
            return code;
        }

        if (!parent!.Children!.TryGetValue(name, out var node))
        {
            return DfsErrorCode.FileNotFound;
        }

        if (node.Children is { Count: > 0 } && !recursive)
        {
            return DfsErrorCode.DirectoryNotEmpty;
        }

        parent.Children.Remove(name);
        return DfsErrorCode.None;
    }

    internal DfsErrorCode Rename(string from, string to, MetaProtocol.RenameMode mode)
    {
        var (code, source, sourceName) = Parent(from);
        if (code != DfsErrorCode.None)
        {
            return code;
        }

        (code, var target, var targetName) = Parent(to);
        if (code != DfsErrorCode.None)
        {
            return code;
        }

        if (!source!.Children!.TryGetValue(sourceName, out var node))
        {
            return DfsErrorCode.FileNotFound;
        }

        target!.Children!.TryGetValue(targetName, out var other);
        if (mode == MetaProtocol.RenameMode.NoReplace && other is not null)
        {
            return DfsErrorCode.AlreadyExists;
        }

        if (mode == MetaProtocol.RenameMode.Exchange && other is null)
        {
            return DfsErrorCode.FileNotFound;
        }

        if (ReferenceEquals(node, other))
        {
            return DfsErrorCode.None;
        }

        if (Contains(node, target) || (mode == MetaProtocol.RenameMode.Exchange && Contains(other!, source)))
        {
            return DfsErrorCode.InvalidRename;
        }

        if (mode == MetaProtocol.RenameMode.Exchange)
        {
            source.Children[sourceName] = other!;
            target.Children[targetName] = node;
            return DfsErrorCode.None;
        }

        code = other is null ? DfsErrorCode.None : Over(node, other, source);
        if (code == DfsErrorCode.None)
        {
            source.Children.Remove(sourceName);
            target.Children[targetName] = node;
        }

        return code;
    }

    private static DfsErrorCode Over(Node node, Node other, Node source)
        => Contains(other, source) ? DfsErrorCode.DirectoryNotEmpty
            : node.Children is not null && other.Children is null ? DfsErrorCode.NotADirectory
            : node.Children is null && other.Children is not null ? DfsErrorCode.IsADirectory
            : other.Children is { Count: > 0 } ? DfsErrorCode.DirectoryNotEmpty
            : DfsErrorCode.None;

    private static bool Contains(Node node, Node searched)
        => ReferenceEquals(node, searched) || (node.Children is not null && node.Children.Values.Any(c => Contains(c, searched)));

    private static IEnumerable<string> Walk(Node node, string path)
    {
        foreach (var (name, child) in node.Children!)
        {
            yield return $"{path}/{name}{(child.Children is null ? string.Empty : "/")}";
            foreach (var below in child.Children is null ? [] : Walk(child, $"{path}/{name}"))
            {
                yield return below;
            }
        }
    }

    private (DfsErrorCode Code, Node? Parent, string Name) Parent(string path)
    {
        var parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        var node = _root;
        foreach (var part in parts[..^1])
        {
            if (node.Children is null)
            {
                return (DfsErrorCode.NotADirectory, null, string.Empty);
            }

            if (!node.Children.TryGetValue(part, out node!))
            {
                return (DfsErrorCode.FileNotFound, null, string.Empty);
            }
        }

        return node.Children is null ? (DfsErrorCode.NotADirectory, null, string.Empty) : (DfsErrorCode.None, node, parts[^1]);
    }

    private sealed class Node(bool isDirectory)
    {
        internal SortedDictionary<string, Node>? Children { get; } = isDirectory ? new(StringComparer.Ordinal) : null;
    }
}
