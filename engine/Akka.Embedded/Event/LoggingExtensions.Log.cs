// Logging at a level that the caller computes.
namespace Akka.Event;

public static partial class LoggingExtensions
{
    /// <summary>Logs a text as it is.</summary>
    public static void Log(this ILoggingAdapter log, LogLevel level, string format) => log.Log(level, null, format);

    /// <summary>Logs a format with its arguments.</summary>
    public static void Log(this ILoggingAdapter log, LogLevel level, string format, object[] args) =>
        Log(log, level, null, format, args);

    /// <summary>Logs a format with its arguments and its cause.</summary>
    public static void Log(this ILoggingAdapter log, LogLevel level, Exception? cause, string format, object[] args)
    {
        if (log.IsEnabled(level))
            Write(log, level, cause, format, args);
    }

    /// <summary>Logs a format with its arguments and its cause.</summary>
    public static void Log<T1>(
        this ILoggingAdapter log, LogLevel logLevel, Exception? cause, string format, T1 arg1)
    {
        if (log.IsEnabled(logLevel))
            Write(log, logLevel, cause, format, [arg1]);
    }

    /// <summary>Logs a format with its arguments and its cause.</summary>
    public static void Log<T1, T2>(
        this ILoggingAdapter log, LogLevel logLevel, Exception? cause, string format, T1 arg1, T2 arg2)
    {
        if (log.IsEnabled(logLevel))
            Write(log, logLevel, cause, format, [arg1, arg2]);
    }

    /// <summary>Logs a format with its arguments and its cause.</summary>
    public static void Log<T1, T2, T3>(
        this ILoggingAdapter log, LogLevel logLevel, Exception? cause, string format, T1 arg1, T2 arg2, T3 arg3)
    {
        if (log.IsEnabled(logLevel))
            Write(log, logLevel, cause, format, [arg1, arg2, arg3]);
    }

    /// <summary>Logs a format with its arguments and its cause.</summary>
    public static void Log<T1, T2, T3, T4>(
        this ILoggingAdapter log, LogLevel logLevel, Exception? cause, string format, T1 arg1, T2 arg2, T3 arg3, T4 arg4)
    {
        if (log.IsEnabled(logLevel))
            Write(log, logLevel, cause, format, [arg1, arg2, arg3, arg4]);
    }

    /// <summary>Logs a format with its arguments and its cause.</summary>
    public static void Log<T1, T2, T3, T4, T5>(
        this ILoggingAdapter log, LogLevel logLevel, Exception? cause, string format, T1 arg1, T2 arg2, T3 arg3, T4 arg4, T5 arg5)
    {
        if (log.IsEnabled(logLevel))
            Write(log, logLevel, cause, format, [arg1, arg2, arg3, arg4, arg5]);
    }

    /// <summary>Logs a format with its arguments and its cause.</summary>
    public static void Log<T1, T2, T3, T4, T5, T6>(
        this ILoggingAdapter log, LogLevel logLevel, Exception? cause, string format, T1 arg1, T2 arg2, T3 arg3, T4 arg4, T5 arg5, T6 arg6)
    {
        if (log.IsEnabled(logLevel))
            Write(log, logLevel, cause, format, [arg1, arg2, arg3, arg4, arg5, arg6]);
    }

    private static void Write(ILoggingAdapter log, LogLevel level, Exception? cause, string format, object?[] args) =>
        log.Log(level, cause, new ArgumentsMessage(log.Formatter, format, args));
}
