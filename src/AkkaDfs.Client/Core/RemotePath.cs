// Paths in the file system as people type them: relative to a working directory, with "." and "..".

namespace AkkaDfs.Client.Core;

/// <summary>Text of remote paths. All results are absolute, without trailing slash except the root itself.</summary>
public static class RemotePath
{
    /// <summary>The root directory.</summary>
    public const string Root = "/";

    /// <summary>The absolute path that <paramref name="path"/> means in <paramref name="workingDirectory"/>.</summary>
    public static string Resolve(string workingDirectory, string path)
    {
        var names = new List<string>();
        var all = path.StartsWith('/') ? path : workingDirectory + "/" + path;
        foreach (var name in all.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (name == "..")
            {
                if (names.Count > 0)
                {
                    names.RemoveAt(names.Count - 1);
                }
            }
            else if (name != ".")
            {
                names.Add(name);
            }
        }

        return Root + string.Join('/', names);
    }

    /// <summary>An entry of a directory.</summary>
    public static string Join(string directory, string name) => directory.EndsWith('/') ? directory + name : directory + "/" + name;

    /// <summary>The last name; empty for the root.</summary>
    public static string NameOf(string path) => path[(path.LastIndexOf('/') + 1)..];

    /// <summary>The directory that holds it; the root's is the root.</summary>
    public static string ParentOf(string path)
    {
        var slash = path.LastIndexOf('/');
        return slash <= 0 ? Root : path[..slash];
    }
}
