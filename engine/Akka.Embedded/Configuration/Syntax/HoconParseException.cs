// The parser's own failure: it knows the place. Part of Akka.Embedded, so only tests and tools name it.
using Akka.Configuration;

namespace Akka.Embedded.Configuration;

/// <summary>HOCON text that cannot be understood; says where.</summary>
public sealed class HoconParseException : ConfigurationException
{
    /// <param name="reason">What is wrong and how to write it instead.</param>
    /// <param name="line">Line of the offending character, from 1.</param>
    /// <param name="column">Column of the offending character, from 1.</param>
    /// <param name="source">The included resource it happened in; null for the text given to the parser.</param>
    public HoconParseException(string reason, int line, int column, string? source = null)
        : base($"{source ?? "HOCON"}, line {line}, column {column}: {reason}")
    {
        Line = line;
        Column = column;
        SourceName = source;
    }

    /// <summary>Line of the offending character, from 1.</summary>
    public int Line { get; }

    /// <summary>Column of the offending character, from 1.</summary>
    public int Column { get; }

    /// <summary>The included resource it happened in; null for the text given to the parser.</summary>
    public string? SourceName { get; }
}
