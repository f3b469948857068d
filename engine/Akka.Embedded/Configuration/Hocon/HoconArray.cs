// A list of values.
namespace Akka.Configuration.Hocon;

/// <summary>A list of values, in the order written.</summary>
public class HoconArray : List<HoconValue>, IHoconElement
{
    /// <inheritdoc/>
    public bool IsString() => false;

    /// <inheritdoc/>
    public string? GetString() => null;

    /// <inheritdoc/>
    public bool IsArray() => true;

    /// <inheritdoc/>
    public IList<HoconValue> GetArray() => this;

    /// <summary>The list as HOCON text.</summary>
    public override string ToString() => $"[{string.Join(',', this)}]";
}
