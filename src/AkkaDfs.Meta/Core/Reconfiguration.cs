// The change of one chunk's replica set while it is under way.

using AkkaDfs.Shared;

namespace AkkaDfs.Meta.Core;

/// <summary>Where a change is.</summary>
internal enum ChangePhase
{
    /// <summary>Replicas are being asked how far they are.</summary>
    Survey,

    /// <summary>The new generation is journaled and being adopted.</summary>
    Adopt,

    /// <summary>Nobody serves the chunk any more: it may be taken out of its file.</summary>
    Retired,
}

/// <summary>What a replica answered about itself.</summary>
internal readonly record struct SurveyAnswer(ServerId Server, Generation Generation, ulong Sequence, bool IsFound);

/// <summary>One change.</summary>
internal sealed class Reconfiguration(Chunk chunk)
{
    /// <summary>The chunk.</summary>
    public Chunk Chunk { get; } = chunk;

    /// <summary>Where it is.</summary>
    public ChangePhase Phase { get; set; }

    /// <summary>When the phase is given up.</summary>
    public long DeadlineMs { get; set; }

    /// <summary>When unanswered orders go out again.</summary>
    public long ResendMs { get; set; }

    /// <summary>When the phase began.</summary>
    public long SinceMs { get; set; }

    /// <summary>How often it has begun anew.</summary>
    public int Attempts { get; set; }

    /// <summary>Servers that must not be in the new chain.</summary>
    public HashSet<ServerId> Excluded { get; } = [];

    /// <summary>A server that may stay in the chain, but not as its primary; None for none.</summary>
    public ServerId Demoted { get; set; }

    /// <summary>True when the change is of no use without another primary.</summary>
    public bool MustDemote { get; set; }

    /// <summary>A server with a complete copy that waits to be adopted; None for none.</summary>
    public ServerId Added { get; set; }

    /// <summary>True when every member of the old chain must be in the new one.</summary>
    public bool NeedsAll { get; set; }

    /// <summary>Servers that were asked and have not answered.</summary>
    public List<ServerId> Asked { get; } = [];

    /// <summary>True when replicas outside the chain are asked, because no member of it is of use.</summary>
    public bool AsksOutsiders { get; set; }

    /// <summary>What they answered.</summary>
    public List<SurveyAnswer> Answers { get; } = [];

    /// <summary>The new chain, primary first.</summary>
    public List<ServerId> Chain { get; } = [];

    /// <summary>Members that have not adopted yet.</summary>
    public List<ServerId> Adopting { get; } = [];

    /// <summary>Servers with a replica outside the new chain that may still serve it.</summary>
    public List<ServerId> Fenced { get; } = [];

    /// <summary>True when nobody is to be in the new chain, so that the chunk can be taken out of its file.</summary>
    public bool IsRetirement { get; set; }

    /// <summary>True when members without a replica start with an empty one.</summary>
    public bool MayCreate { get; set; }
}
