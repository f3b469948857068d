// Unit values: results that carry no information beyond "it happened".
namespace Akka;

/// <summary>The result of an operation that only ends.</summary>
public sealed class Done
{
    /// <summary>The one value.</summary>
    public static readonly Done Instance = new();

    private Done()
    {
    }
}

/// <summary>Stands where a value is asked for but none is used.</summary>
public sealed class NotUsed : IEquatable<NotUsed>, IComparable<NotUsed>
{
    /// <summary>The one value.</summary>
    public static readonly NotUsed Instance = new();

    private NotUsed()
    {
    }

    /// <inheritdoc/>
    public int CompareTo(NotUsed? other) => other is null ? 1 : 0;

    /// <inheritdoc/>
    public bool Equals(NotUsed? other) => other is not null;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is NotUsed;

    /// <inheritdoc/>
    public override int GetHashCode() => 0;

    /// <inheritdoc/>
    public override string ToString() => "NotUsed";
}
