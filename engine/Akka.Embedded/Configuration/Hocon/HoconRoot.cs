// The result of parsing one text. Values are resolved when first asked for, so that an included text may refer to
// something that only the including text defines.
using Akka.Embedded.Configuration;

namespace Akka.Configuration.Hocon;

/// <summary>The root of a parsed text.</summary>
public class HoconRoot
{
    private ObjectPiece? _syntax;
    private HoconValue? _value;

    /// <summary>An empty root.</summary>
    protected HoconRoot()
        : this(new HoconValue())
    {
    }

    /// <param name="value">The root value.</param>
    public HoconRoot(HoconValue value)
        : this(value, [])
    {
    }

    /// <param name="value">The root value.</param>
    /// <param name="substitutions">References within it.</param>
    public HoconRoot(HoconValue value, IEnumerable<HoconSubstitution> substitutions)
    {
        _value = value;
        Substitutions = substitutions;
    }

    internal HoconRoot(ObjectPiece syntax)
    {
        _syntax = syntax;
        Substitutions = [];
    }

    /// <summary>The root value.</summary>
    /// <exception cref="ConfigurationException">A substitution leads nowhere, or things are joined that cannot be.</exception>
    public HoconValue Value => _value ??= HoconResolver.Resolve(_syntax!);

    /// <summary>References that a caller put in; those of a text are resolved by the parser and not listed.</summary>
    public IEnumerable<HoconSubstitution> Substitutions { get; }

    internal ObjectPiece Syntax => _syntax ??= HoconSyntaxOf.Value(_value!);
}
