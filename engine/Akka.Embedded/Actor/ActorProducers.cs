// Making instances: by type and arguments, or by a producer type, which then gets the arguments.
using System.Linq.Expressions;
using System.Reflection;

namespace Akka.Actor;

internal sealed class ReflectionProducer(Type type, object?[] args) : IIndirectActorProducer
{
    public Type ActorType => type;

    public static IIndirectActorProducer For(Type type, object?[] args)
    {
        if (typeof(ActorBase).IsAssignableFrom(type))
            return new ReflectionProducer(type, args);
        if (typeof(IIndirectActorProducer).IsAssignableFrom(type))
            return (IIndirectActorProducer)Activator.CreateInstance(type, args)!;
        throw new ArgumentException($"Unknown actor producer [{type.FullName}]", nameof(type));
    }

    public ActorBase Produce()
    {
        try
        {
            return (ActorBase)(args.Length == 0
                ? Activator.CreateInstance(type, nonPublic: true)!
                : Activator.CreateInstance(
                    type, BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic, null, args, null)!);
        }
        catch (Exception e)
        {
            var cause = e is TargetInvocationException { InnerException: { } inner } ? inner : e;
            var values = string.Join(", ", args.Select(a => a?.ToString() ?? "null"));
            throw new TypeLoadException($"Error while creating actor instance of type {type} with {args.Length} args: ({values})", cause);
        }
    }

    public void Release(ActorBase actor)
    {
        if (actor is IDisposable disposable)
            disposable.Dispose();
    }
}

internal static class NewExpressionArguments
{
    /// <summary>The values of a constructor call's arguments, computed now.</summary>
    public static object?[] GetArguments(this NewExpression expression)
    {
        var values = new object?[expression.Arguments.Count];
        for (var i = 0; i < values.Length; i++)
            values[i] = Evaluate(expression.Arguments[i]);
        return values;
    }

    private static object? Evaluate(Expression expression) => expression switch
    {
        ConstantExpression constant => constant.Value,
        MemberExpression { Member: FieldInfo field } member => field.GetValue(member.Expression is null ? null : Evaluate(member.Expression)),
        _ => Expression.Lambda<Func<object?>>(Expression.Convert(expression, typeof(object))).Compile(preferInterpretation: true)(),
    };
}
