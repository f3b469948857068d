// One writer at a time to standard output, in color where a person looks at it.
namespace Akka.Util;

/// <summary>Writes to standard output.</summary>
public static class StandardOutWriter
{
    private static readonly Lock Gate = new();

    /// <summary>Writes a text.</summary>
    public static void Write(string message, ConsoleColor? foregroundColor = null, ConsoleColor? backgroundColor = null) =>
        WriteToConsole(message, foregroundColor, backgroundColor, line: false);

    /// <summary>Writes a line.</summary>
    public static void WriteLine(string message, ConsoleColor? foregroundColor = null, ConsoleColor? backgroundColor = null) =>
        WriteToConsole(message, foregroundColor, backgroundColor, line: true);

    private static void WriteToConsole(string message, ConsoleColor? foreground, ConsoleColor? background, bool line)
    {
        lock (Gate)
        {
            var colored = !Console.IsOutputRedirected && (foreground is not null || background is not null);
            if (colored)
            {
                if (foreground is { } f)
                    Console.ForegroundColor = f;
                if (background is { } b)
                    Console.BackgroundColor = b;
            }

            try
            {
                if (line)
                    Console.WriteLine(message);
                else
                    Console.Write(message);
            }
            finally
            {
                if (colored)
                    Console.ResetColor();
            }
        }
    }
}
