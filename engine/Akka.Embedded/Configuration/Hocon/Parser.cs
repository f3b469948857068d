// The door to the parser.
using Akka.Embedded.Configuration;

namespace Akka.Configuration.Hocon;

/// <summary>Parses HOCON text.</summary>
public class Parser
{
    /// <summary>Parses a text.</summary>
    /// <param name="text">HOCON; may be empty.</param>
    /// <param name="includeCallback">Given the name in <c>include "name"</c>, returns the parsed resource; null if includes are an error.</param>
    /// <exception cref="ConfigurationException">The text is malformed; the message says line and column.</exception>
    public static HoconRoot Parse(string text, Func<string, HoconRoot?>? includeCallback)
    {
        ArgumentNullException.ThrowIfNull(text);
        return new HoconRoot(HoconReader.Read(text, name: null, includeCallback));
    }
}
