// Names of enumeration values as commands print them.

using System.Text;

namespace AkkaDfs.Client.Core;

/// <summary>Names for people and programs.</summary>
public static class Names
{
    /// <summary>"LeastLoaded" becomes "least-loaded".</summary>
    public static string Kebab<T>(T value)
        where T : struct, Enum
        => Split(value.ToString(), '-').ToLowerInvariant();

    /// <summary>"FileNotFound" becomes "FILE_NOT_FOUND".</summary>
    public static string Upper<T>(T value)
        where T : struct, Enum
        => Split(value.ToString(), '_').ToUpperInvariant();

    private static string Split(string camel, char separator)
    {
        var text = new StringBuilder(camel.Length + 4);
        for (var i = 0; i < camel.Length; i++)
        {
            if (i > 0 && char.IsUpper(camel[i]) && !char.IsUpper(camel[i - 1]))
            {
                text.Append(separator);
            }

            text.Append(camel[i]);
        }

        return text.ToString();
    }
}
