// Where nodes print. Their engine logs to standard output; a person's terminal and a program's pipe are no place for that.

using System.Text;

namespace AkkaDfs.Client.Hosting;

/// <summary>Redirects what this process prints by way of <see cref="Console"/>.</summary>
internal static class NodeLog
{
    /// <summary>From now on into a file, which is appended to. What writes to the standard streams itself is not concerned.</summary>
    public static void RedirectTo(string file)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(file))!);
        var stream = new FileStream(file, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
        Console.SetOut(new StreamWriter(stream, new UTF8Encoding(false)) { AutoFlush = true });
    }

    /// <summary>From now on nowhere.</summary>
    public static void Silence() => Console.SetOut(TextWriter.Null);

    /// <summary>From now on to standard error.</summary>
    public static void RedirectToError() => Console.SetOut(Console.Error);
}
