// Fails tests the way xunit does.
using System.Collections;
using System.Globalization;
using Xunit;

namespace Akka.TestKit.Xunit2;

/// <summary>Assertions by xunit.</summary>
public class XunitAssertions : ITestKitAssertions
{
    /// <inheritdoc/>
    public void Fail(string format = "", params object[] args) => Assert.Fail(Format(format, args));

    /// <inheritdoc/>
    public void AssertTrue(bool condition, string format = "", params object[] args) => Assert.True(condition, Format(format, args));

    /// <inheritdoc/>
    public void AssertFalse(bool condition, string format = "", params object[] args) => Assert.False(condition, Format(format, args));

    /// <inheritdoc/>
    public void AssertEqual<T>(T expected, T actual, string format = "", params object[] args)
    {
        if (!AreEqual(expected, actual))
            Assert.Fail($"{Format(format, args)} Assert.Equal() Failure:\nExpected: {expected}\nActual:   {actual}".TrimStart());
    }

    /// <inheritdoc/>
    public void AssertEqual<T>(T expected, T actual, Func<T, T, bool> comparer, string format = "", params object[] args)
    {
        if (!comparer(expected, actual))
            Assert.Fail($"{Format(format, args)} Assert.Equal() Failure:\nExpected: {expected}\nActual:   {actual}".TrimStart());
    }

    /// <summary>Equal by either side's opinion, or sequences of equal elements.</summary>
    private static bool AreEqual(object? expected, object? actual)
    {
        if (expected is null || actual is null)
            return ReferenceEquals(expected, actual);
        if (expected.Equals(actual) || actual.Equals(expected))
            return true;
        return expected is IEnumerable these and not string && actual is IEnumerable those and not string
            && these.Cast<object?>().SequenceEqual(those.Cast<object?>(), new ElementEquality());
    }

    private static string Format(string format, object[] args) =>
        args.Length == 0 ? format : string.Format(CultureInfo.InvariantCulture, format, args);

    private sealed class ElementEquality : IEqualityComparer<object?>
    {
        bool IEqualityComparer<object?>.Equals(object? x, object? y) => AreEqual(x, y);

        int IEqualityComparer<object?>.GetHashCode(object? obj) => 0;
    }
}
