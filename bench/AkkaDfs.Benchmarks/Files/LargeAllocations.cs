// Bytes that were allocated as large objects (85,000 bytes and more), as the runtime reports them: on the hot path there should be none.

using System.Diagnostics.Tracing;

namespace AkkaDfs.Benchmarks.Files;

/// <summary>Counts large objects of this process.</summary>
internal sealed class LargeAllocations : EventListener
{
    private const EventKeywords CollectorKeyword = (EventKeywords)1;
    private const uint LargeKind = 1;

    private static long _bytes;

    /// <summary>Bytes so far, since the first listener was made; exact to about 100 kB.</summary>
    public static long Bytes => Interlocked.Read(ref _bytes);

    /// <inheritdoc/>
    protected override void OnEventSourceCreated(EventSource eventSource)
    {
        if (eventSource.Name == "Microsoft-Windows-DotNETRuntime")
        {
            EnableEvents(eventSource, EventLevel.Verbose, CollectorKeyword);
        }
    }

    /// <inheritdoc/>
    protected override void OnEventWritten(EventWrittenEventArgs eventData)
    {
        if (eventData.EventName?.StartsWith("GCAllocationTick", StringComparison.Ordinal) != true || eventData.PayloadNames is not { } names || eventData.Payload is not { } values)
        {
            return;
        }

        if (values[names.IndexOf("AllocationKind")] is LargeKind)
        {
            Interlocked.Add(ref _bytes, Convert.ToInt64(values[names.IndexOf("AllocationAmount64")], System.Globalization.CultureInfo.InvariantCulture));
        }
    }
}
