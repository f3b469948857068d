// Expectations of tasks.
using Xunit;

namespace Akka.TestKit.Extensions;

/// <summary>Waits for tasks with a limit.</summary>
public static class TaskExtensions
{
    /// <summary>Waits for a task.</summary>
    /// <returns>False if it did not end in time.</returns>
    public static async Task<bool> AwaitWithTimeout(this Task parentTask, TimeSpan timeout, CancellationToken cancellationToken = default)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var first = await Task.WhenAny(parentTask, Task.Delay(timeout, stop.Token)).ConfigureAwait(false);
        await stop.CancelAsync().ConfigureAwait(false);
        if (first != parentTask)
            return false;
        await parentTask.ConfigureAwait(false);
        return true;
    }

    /// <summary>Waits for a task's result.</summary>
    /// <exception cref="TimeoutException">It did not end in time.</exception>
    public static Task<T> WithTimeout<T>(this Task<T> parentTask, TimeSpan timeout, CancellationToken cancellationToken = default) =>
        parentTask.WaitAsync(timeout, cancellationToken);

    /// <summary>Expects a task to end well in time.</summary>
    public static Task ShouldCompleteWithin(this Task task, TimeSpan timeout, string because = "", params object[] becauseArgs) =>
        task.WaitAsync(timeout);

    /// <summary>Expects a task to end well in time.</summary>
    public static Task<T> ShouldCompleteWithin<T>(this Task<T> task, TimeSpan timeout, string because = "", params object[] becauseArgs) =>
        task.WaitAsync(timeout);

    /// <summary>Expects a task to give a result in time.</summary>
    public static async Task ShouldCompleteWithin<T>(
        this Task<T> task, T expected, TimeSpan timeout, string because = "", params object[] becauseArgs) =>
        Assert.Equal(expected, await task.WaitAsync(timeout).ConfigureAwait(false));

    /// <summary>Expects a task to fail in time, with an exception of this type.</summary>
    public static async Task<T> ShouldThrowWithin<T>(this Task task, TimeSpan timeout, string because = "", params object[] becauseArgs)
        where T : Exception => await Assert.ThrowsAsync<T>(() => task.WaitAsync(timeout)).ConfigureAwait(false);

    /// <summary>Expects a task to fail in time, with an exception equal to this one.</summary>
    public static async Task ShouldThrowWithin<T>(
        this Task task, T expected, TimeSpan timeout, string because = "", params object[] becauseArgs)
        where T : Exception =>
        Assert.Equal(expected, await Assert.ThrowsAsync<T>(() => task.WaitAsync(timeout)).ConfigureAwait(false));
}
