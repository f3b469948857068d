// Paths such as  a.b."c.d" : splitting and writing. Dots inside quotes do not separate.
using System.Text;
using Akka.Configuration;

namespace Akka.Embedded.Configuration;

internal static class HoconPath
{
    /// <summary>Splits a path at the dots outside quotes; the quotes themselves are dropped.</summary>
    public static List<string> Split(string path)
    {
        var keys = new List<string>();
        if (!path.Contains('"'))
        {
            keys.AddRange(path.Split('.'));
            return keys;
        }

        var key = new StringBuilder();
        var quoted = false;
        foreach (var c in path)
        {
            if (c == '"')
                quoted = !quoted;
            else if (c == '.' && !quoted)
            {
                keys.Add(key.ToString());
                key.Clear();
            }
            else
                key.Append(c);
        }

        if (quoted)
            throw new ConfigurationException($"The path {path} opens a quote and does not close it.");
        keys.Add(key.ToString());
        return keys;
    }

    /// <summary>A key as it must be written in HOCON text.</summary>
    public static string Quote(string key) => HoconText.NeedsQuotes(key, inKey: true) ? HoconText.Quote(key) : key;

    /// <summary>A path as it must be written in HOCON text.</summary>
    public static string Join(IEnumerable<string> keys) => string.Join('.', keys.Select(Quote));
}
