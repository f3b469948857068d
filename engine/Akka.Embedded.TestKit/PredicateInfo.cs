// A predicate together with the type it is about, for expectations of several messages in any order.
namespace Akka.TestKit;

/// <summary>A predicate of messages of one type.</summary>
public class PredicateInfo
{
    private readonly Func<object, bool> _matches;

    private PredicateInfo(Delegate predicate, Type type, Func<object, bool> matches)
    {
        PredicateT = predicate;
        Type = type;
        _matches = matches;
    }

    /// <summary>The predicate.</summary>
    public Delegate PredicateT { get; }

    /// <summary>The type of its messages.</summary>
    public Type Type { get; }

    /// <summary>A predicate as data.</summary>
    public static PredicateInfo Create<T>(Predicate<T> predicateT) =>
        new(predicateT, typeof(T), message => message is T typed && predicateT(typed));

    /// <inheritdoc/>
    public override string ToString() => $"predicate of {Type}";

    internal bool Matches(object message) => _matches(message);
}

/// <summary>Makes <see cref="PredicateInfo"/>.</summary>
public static class PredicateInfoFactory
{
    /// <summary>A predicate as data.</summary>
    public static PredicateInfo CreatePredicateInfo<T>(this Predicate<T> predicateT) => PredicateInfo.Create(predicateT);

    /// <summary>A delegate as a predicate of <typeparamref name="T"/>.</summary>
    public static PredicateInfo CreatePredicateInfo<T>(this Delegate predicateT) => PredicateInfo.Create((Predicate<T>)predicateT);
}
