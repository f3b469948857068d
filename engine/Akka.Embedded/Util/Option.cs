// A value that may be missing.
namespace Akka.Util;

/// <summary>A value that may be missing.</summary>
public readonly struct Option<T>
{
    /// <summary>No value.</summary>
    public static readonly Option<T> None = default;

    private readonly T _value;

    private Option(T value)
    {
        _value = value;
        HasValue = true;
    }

    /// <summary>True if there is a value.</summary>
    public bool HasValue { get; }

    /// <summary>True if there is no value.</summary>
    public bool IsEmpty => !HasValue;

    /// <summary>The value; the type's default if there is none.</summary>
    public T Value => _value;

    /// <summary>A value as an option.</summary>
    public static implicit operator Option<T>(T value) => Create(value);

    /// <summary>Equality of presence and value.</summary>
    public static bool operator ==(Option<T> left, Option<T> right) => left.Equals(right);

    /// <summary>Inequality of presence or value.</summary>
    public static bool operator !=(Option<T> left, Option<T> right) => !left.Equals(right);

    /// <summary>A value as an option; null gives <see cref="None"/>.</summary>
    public static Option<T> Create(T value) => value is null ? None : new Option<T>(value);

    /// <summary>The value, or another one if there is none.</summary>
    public T GetOrElse(T fallbackValue) => HasValue ? _value : fallbackValue;

    /// <summary>The value turned into another one, if there is one.</summary>
    public Option<TNew> Select<TNew>(Func<T, TNew> selector) => HasValue ? Option<TNew>.Create(selector(_value)) : Option<TNew>.None;

    /// <summary>The value turned into another option, if there is one.</summary>
    public Option<TNew> FlatSelect<TNew>(Func<T, Option<TNew>> mapper) => HasValue ? mapper(_value) : Option<TNew>.None;

    /// <summary>Does something with the value, if there is one.</summary>
    public void OnSuccess(Action<T> action)
    {
        if (HasValue)
            action(_value);
    }

    /// <inheritdoc cref="Equals(object?)"/>
    public bool Equals(Option<T> other) => HasValue == other.HasValue && EqualityComparer<T>.Default.Equals(_value, other._value);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Option<T> other ? Equals(other) : obj is null && !HasValue;

    /// <inheritdoc/>
    public override int GetHashCode() => HasValue && _value is not null ? _value.GetHashCode() : 0;

    /// <inheritdoc/>
    public override string ToString() => HasValue ? $"Some<{_value}>" : "None";
}
