// The replicas of one chunk in eight bytes each, three of them without an allocation.

using System.Diagnostics.CodeAnalysis;
using AkkaDfs.Shared;

namespace AkkaDfs.Meta.Core;

/// <summary>What meta remembers of one replica.</summary>
/// <param name="Server">Where it is.</param>
/// <param name="Reported">Generation in the server's last report; <see cref="Generation.Any"/> when it has not reported it yet.</param>
/// <param name="Folder">Data folder in that report.</param>
/// <param name="Position">Place in the chain, 0 to 15.</param>
/// <param name="Flags">What else is known.</param>
internal readonly record struct Replica(ServerId Server, Generation Reported, byte Folder, byte Position, ReplicaMarks Flags)
{
    private const int ServerBits = 16;

    /// <summary>True when it belongs to the chain of the chunk's generation.</summary>
    public bool InChain => (Flags & ReplicaMarks.InChain) != 0;

    /// <summary>True when it has a damaged block or has lost operations.</summary>
    public bool IsDamaged => (Flags & ReplicaMarks.Damaged) != 0;

    /// <summary>True when its server has listed it.</summary>
    public bool IsReported => Reported != Generation.Any;

    /// <summary>Packed form.</summary>
    internal ulong Pack()
        => Server.Value | ((ulong)Reported.Value << ServerBits) | ((ulong)Folder << 48) | ((ulong)Position << 56) | ((ulong)Flags << 60);

    /// <summary>From the packed form.</summary>
    internal static Replica Unpack(ulong bits) => new(
        new ServerId((uint)(bits & 0xffff)),
        new Generation((uint)(bits >> ServerBits)),
        (byte)(bits >> 48),
        (byte)((bits >> 56) & 15),
        (ReplicaMarks)(bits >> 60));
}

/// <summary>Marks of a replica; four bits.</summary>
[Flags]
internal enum ReplicaMarks : byte
{
    /// <summary>Nothing special.</summary>
    None = 0,

    /// <summary>Belongs to the chain of the chunk's generation.</summary>
    InChain = 1,

    /// <summary>Has a damaged block or has lost operations.</summary>
    Damaged = 2,

    /// <summary>
    /// Not listed, though it should have been by now, or may have been lost before it was: asked about at the next check, and no
    /// proof that there never was one.
    /// </summary>
    Doubted = 4,

    /// <summary>Outside the chain, and has confirmed that it serves nobody any more.</summary>
    Retired = 8,
}

/// <summary>A short list of replicas: members of the chain in chain order, then the others. At most one per server.</summary>
internal struct ReplicaList
{
    private ulong _first;
    private ulong _second;
    private ulong _third;
    private ulong[]? _more;
    private byte _count;

    /// <summary>Number of replicas.</summary>
    public readonly int Count => _count;

    /// <summary>The replica at a place.</summary>
    public readonly Replica this[int at] => Replica.Unpack(Bits(at));

    /// <summary>Place of a server's replica, or -1.</summary>
    public readonly int IndexOf(ServerId server)
    {
        for (var i = 0; i < _count; i++)
        {
            if ((Bits(i) & 0xffff) == server.Value)
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>Adds the replica, or puts it in the place of the same server's, and keeps the order.</summary>
    public void Put(Replica replica)
    {
        var at = IndexOf(replica.Server);
        if (at >= 0)
        {
            RemoveAt(at);
        }

        at = _count;
        Grow();
        while (at > 0 && Order(replica) < Order(this[at - 1]))
        {
            Slot(at) = Bits(at - 1);
            at--;
        }

        Slot(at) = replica.Pack();
    }

    /// <summary>Removes the replica at a place.</summary>
    public void RemoveAt(int at)
    {
        for (_count--; at < _count; at++)
        {
            Slot(at) = Bits(at + 1);
        }
    }

    private static int Order(in Replica replica) => replica.InChain ? replica.Position : 16;

    private readonly ulong Bits(int at) => at switch
    {
        0 => _first,
        1 => _second,
        2 => _third,
        _ => _more![at - 3],
    };

    [UnscopedRef]
    private ref ulong Slot(int at)
    {
        switch (at)
        {
            case 0:
                return ref _first;
            case 1:
                return ref _second;
            case 2:
                return ref _third;
            default:
                return ref _more![at - 3];
        }
    }

    private void Grow()
    {
        if (_count >= 3 && _count - 3 >= (_more?.Length ?? 0))
        {
            Array.Resize(ref _more, (_count - 3) + 2);
        }

        _count++;
    }
}
