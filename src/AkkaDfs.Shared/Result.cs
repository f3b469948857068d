// A value or an expected failure.

using System.Diagnostics.CodeAnalysis;

namespace AkkaDfs.Shared;

/// <summary>Either a value or a <see cref="DfsError"/>; never both, never neither.</summary>
/// <typeparam name="T">The value's type.</typeparam>
public readonly struct Result<T>
{
    private readonly T _value;

    private Result(T value, DfsError? error)
    {
        _value = value;
        Error = error;
    }

    /// <summary>The failure, or null on success.</summary>
    public DfsError? Error { get; }

    /// <summary>True when there is a value.</summary>
    [MemberNotNullWhen(false, nameof(Error))]
    public bool IsOk => Error is null;

    /// <summary>The value; throws <see cref="DfsException"/> when there is none.</summary>
    public T Value => Error is null ? _value : throw Error.ToException();

    /// <summary>A success.</summary>
    public static implicit operator Result<T>(T value) => new(value, null);

    /// <summary>A failure.</summary>
    public static implicit operator Result<T>(DfsError error) => new(default!, error);

    /// <summary>Both cases to one value.</summary>
    public TResult Match<TResult>(Func<T, TResult> ok, Func<DfsError, TResult> failed)
        => Error is null ? ok(_value) : failed(Error);
}
