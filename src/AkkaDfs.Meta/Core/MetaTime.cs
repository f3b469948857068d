// Time as the core sees it: an argument. The monotonic part decides every deadline, the calendar part is only written down.

namespace AkkaDfs.Meta.Core;

/// <summary>One moment.</summary>
/// <param name="Ms">Monotonic milliseconds from an arbitrary start; never goes back.</param>
/// <param name="UnixNs">Calendar time in nanoseconds since 1970 (UTC); may go back.</param>
internal readonly record struct MetaTime(long Ms, long UnixNs);
