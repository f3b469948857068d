// After a start meta knows no replica. Until enough servers have reported, what is missing is only not known yet: nothing is
// repaired, deleted or allocated. Reads go on as locations arrive. It ends when the asked share of the known servers has
// reported, when every chunk has all its replicas, or after a bounded time.

namespace AkkaDfs.Meta.Core;

/// <summary>Whether meta is still waiting for reports.</summary>
internal sealed class SafeMode
{
    private long _startedMs;

    /// <summary>True while it lasts.</summary>
    public bool IsActive { get; private set; } = true;

    /// <summary>What is missing; empty when it is over.</summary>
    public string Reason { get; private set; } = "the journal is being read";

    internal void Begin(MetaTime now)
    {
        _startedMs = now.Ms;
        Reason = "no chunk server has reported yet";
    }

    /// <summary>Looks again; true when it has just ended.</summary>
    internal bool TryEnd(MetaPolicy policy, ServerTable servers, long chunks, long full, MetaTime now)
    {
        if (!IsActive)
        {
            return false;
        }

        int known = 0, reported = 0;
        foreach (var server in servers.All)
        {
            // Whoever may be away is not waited for.
            known += server.HasReported || server.Mode != Shared.Protocol.ServerMode.Maintenance ? 1 : 0;
            reported += server.HasReported ? 1 : 0;
        }

        var needed = (int)Math.Ceiling(policy.SafeModeReportFraction * known);
        var leftMs = _startedMs + policy.SafeModeMaxMs - now.Ms;
        if (reported >= needed || (full >= chunks && reported > 0) || leftMs <= 0)
        {
            IsActive = false;
            Reason = string.Empty;
            return true;
        }

        Reason = $"{reported} of {known} known chunk servers have reported and {full} of {chunks} chunks are whole; it ends in {(leftMs + 999) / 1000} s at the latest";
        return false;
    }
}
