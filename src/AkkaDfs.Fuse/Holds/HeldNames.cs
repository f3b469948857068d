// What this mount may believe of the tree, because it holds the directories. All is believed until meta wants a directory back, and at
// the latest until the holds end by themselves (ValidUntil), which is never later than meta believes.
//
// Answers that were on their way while something changed are not believed: an answer counts only if its directory was not given back
// meanwhile (IsVoid, IsAlive), and not for what this mount itself has changed since it asked (Stamp, Changing). Own changes are noted here
// when they are answered, in whatever order: names by their last answer, times of a directory by the latest.

using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Fuse.Holds;

/// <summary>Names and states under holds. Use it with <see cref="Gate"/> held.</summary>
internal sealed partial class HeldNames(TimeProvider time)
{
    /// <summary>Most names that are remembered; then directories are given up.</summary>
    public const int MostNames = 400_000;

    /// <summary>Most directories that are held.</summary>
    public const int MostDirectories = 8_192;

    private const int MostRefused = 1024;
    private static readonly TimeSpan RefusedFor = TimeSpan.FromSeconds(1);

    private readonly Dictionary<InodeId, HeldDirectory> _directories = [];
    private readonly Dictionary<InodeId, HeldName> _nodes = [];
    private readonly HashSet<Asking> _askings = [];
    private readonly HashSet<InodeId> _givingUp = [];
    private readonly Dictionary<InodeId, long> _refused = [];
    private readonly Queue<InodeId> _inOrder = new();
    private long _clock;
    private int _names;

    /// <summary>Guards everything.</summary>
    public Lock Gate { get; } = new();

    /// <summary>Until when holds last if meta is not heard again, by the time provider's counter.</summary>
    public long ValidUntil { get; private set; }

    /// <summary>How long the kernel may believe what it is told now.</summary>
    public TimeSpan Remaining => time.GetElapsedTime(time.GetTimestamp(), ValidUntil) is { Ticks: > 0 } left ? left : TimeSpan.Zero;

    private bool IsValid => time.GetTimestamp() < ValidUntil;

    /// <summary>A held directory, or null.</summary>
    public HeldDirectory? Find(InodeId directory) => IsValid ? _directories.GetValueOrDefault(directory) : null;

    /// <summary>A node that is no directory and has one name, or null.</summary>
    public HeldName? FindNode(InodeId node) => IsValid ? _nodes.GetValueOrDefault(node) : null;

    /// <summary>Meta has answered what was sent at that moment.</summary>
    /// <returns>False when the holds had ended before: everything is to be given back.</returns>
    public bool Extend(long sentAt, TimeSpan hold)
    {
        var wasValid = _directories.Count == 0 || IsValid;
        var until = sentAt + (long)(hold.TotalSeconds * time.TimestampFrequency);
        ValidUntil = wasValid ? Math.Max(ValidUntil, until) : 0;
        return wasValid;
    }

    /// <summary>A moment to compare answers with.</summary>
    public long Now() => ++_clock;

    public Asking Ask(InodeId directory)
    {
        var asking = new Asking(directory, Now());
        _askings.Add(asking);
        return asking;
    }

    public void EndAsking(Asking asking) => _askings.Remove(asking);

    /// <summary>Takes in an answer about a directory.</summary>
    /// <param name="asking">The question.</param>
    /// <param name="name">The name it was about; empty for none.</param>
    /// <param name="after">Where its page began.</param>
    /// <param name="limit">How many entries it could have; 0: it had no page.</param>
    /// <param name="reply">The answer.</param>
    public void Take(Asking asking, string name, string after, int limit, MetaProtocol.HeldDirectory reply)
    {
        if (!reply.IsHeld)
        {
            Refused(asking.Directory);
        }

        if (!reply.IsHeld || asking.IsVoid || !IsValid || _givingUp.Contains(asking.Directory))
        {
            return;
        }

        if (!_directories.TryGetValue(asking.Directory, out var directory))
        {
            directory = Add(asking.Directory);
        }

        if (directory.Changing == 0 && directory.Stamp < asking.Stamp)
        {
            directory.Self = reply.Directory;
        }

        directory.Above = reply.Above;
        if (name.Length > 0)
        {
            Put(directory, asking, name, reply.Named);
        }

        foreach (var entry in reply.Entries)
        {
            Put(directory, asking, entry.Name, entry);
        }

        if (limit > 0 && after == directory.Last && !directory.IsComplete)
        {
            directory.Last = reply.Entries.Count > 0 ? reply.Entries[^1].Name : directory.Last;
            directory.IsComplete = !reply.HasMore;
        }
    }

    /// <summary>A directory that this mount has just made: empty, and held if meta says so.</summary>
    public void TakeNew(Asking asking, FileStatus status, InodeId above, bool isHeld)
    {
        if (isHeld && !asking.IsVoid && IsValid && !_directories.ContainsKey(status.Inode))
        {
            var directory = Add(status.Inode);
            (directory.Self, directory.Above, directory.IsComplete) = (status, above, true);
        }
    }

    /// <summary>True when a hold was refused a short while ago.</summary>
    public bool IsRefused(InodeId directory)
        => _refused.TryGetValue(directory, out var at) && time.GetElapsedTime(at) < RefusedFor;

    /// <summary>Notes the state of a node, as it was answered to a question asked at a moment.</summary>
    public void Note(long askedAt, FileStatus status)
    {
        if (status.Kind == NodeKind.Directory)
        {
            if (Find(status.Inode) is { Changing: 0 } directory && directory.Stamp < askedAt)
            {
                directory.Self = status;
            }
        }
        else if (FindNode(status.Inode) is { Changing: 0 } name && name.Stamp < askedAt)
        {
            name.Status = Believable(status, name);
        }
    }

    /// <summary>Gives directories back.</summary>
    /// <returns>Nodes of which the kernel may believe something.</returns>
    public List<InodeId> Drop(IEnumerable<InodeId> directories)
    {
        var handed = new List<InodeId>();
        foreach (var id in directories)
        {
            foreach (var asking in _askings)
            {
                asking.IsVoid |= asking.Directory == id || asking.Directory == default;
            }

            if (_directories.Remove(id, out var directory))
            {
                Forget(directory, handed);
            }
        }

        return handed;
    }

    /// <summary>Gives everything back.</summary>
    public List<InodeId> Clear()
    {
        foreach (var asking in _askings)
        {
            asking.IsVoid = true;
        }

        ValidUntil = 0;
        return Drop([.. _directories.Keys]);
    }

    /// <summary>Directories that this mount wants to hold no longer; they are not held again before <see cref="GaveUp"/>.</summary>
    public IReadOnlyList<InodeId> GivingUp() => _givingUp.Count == 0 ? [] : [.. _givingUp.Take(MetaProtocol.MaxGivenUp)];

    /// <summary>Meta knows.</summary>
    public void GaveUp(IEnumerable<InodeId> directories) => _givingUp.ExceptWith(directories);

    /// <summary>Gives up what was held first, if there is too much.</summary>
    /// <returns>Directories to be given back now, after what is open in them was told.</returns>
    public IReadOnlyList<InodeId> TooMany()
    {
        if (_directories.Count <= MostDirectories && _names <= MostNames)
        {
            return [];
        }

        var surplus = new List<InodeId>();
        for (var left = Math.Max(64, _directories.Count / 8); left > 0 && _inOrder.TryDequeue(out var id);)
        {
            if (_directories.ContainsKey(id))
            {
                surplus.Add(id);
                _givingUp.Add(id);
                left--;
            }
        }

        return surplus;
    }

    private void Refused(InodeId directory)
    {
        if (_refused.Count >= MostRefused)
        {
            _refused.Clear();
        }

        _refused[directory] = time.GetTimestamp();
    }

    private HeldDirectory Add(InodeId id)
    {
        var directory = new HeldDirectory(id);
        _directories.Add(id, directory);
        _inOrder.Enqueue(id);
        return directory;
    }

    private void Forget(HeldDirectory directory, List<InodeId> handed)
    {
        directory.IsAlive = false;
        var now = time.GetTimestamp();
        if (directory.HandedUntil > now)
        {
            handed.Add(directory.Id);
        }

        foreach (var name in directory.Names.Values)
        {
            if (_nodes.TryGetValue(name.Inode, out var known) && ReferenceEquals(known, name))
            {
                _nodes.Remove(name.Inode);
            }

            if (name.HandedUntil > now)
            {
                handed.Add(name.Inode);
            }
        }

        _names -= directory.Names.Count;
    }

    private void Put(HeldDirectory directory, Asking asking, string name, MetaProtocol.HeldEntry? entry)
    {
        if (directory.Names.TryGetValue(name, out var known) && known.Stamp > asking.Stamp)
        {
            return;
        }

        if (entry is null)
        {
            SetAbsent(directory, name);
            return;
        }

        var isSame = known is not null && known.Inode == entry.Status.Inode;
        var held = isSame ? known! : Name(directory, name);
        held.IsAbsent = false;
        SetInode(held, entry.Status);
        if (held.Changing == 0)
        {
            held.Status = Believable(entry.Status, held);
        }

        held.First = entry.First ?? held.First;
        held.MayOpen = entry.MayOpen;
        held.HasNoXattrs = entry.HasNoXattrs && held.Changing == 0;
    }

    // Of files with several names or under write, and of directories, nothing is believed here.
    private static FileStatus? Believable(FileStatus status, HeldName name)
        => status.Kind == NodeKind.Directory || (status.LinkCount != 1 && status.Kind != NodeKind.Directory) ? null
            : name.IsMine ? status with { LengthIsExact = true }
            : status.LengthIsExact ? status : null;

    private HeldName Name(HeldDirectory directory, string name)
    {
        if (directory.Names.TryGetValue(name, out var known))
        {
            Unbind(known);
        }
        else
        {
            _names++;
        }

        var held = new HeldName(directory, name);
        directory.Names[name] = held;
        return held;
    }

    private void SetInode(HeldName name, FileStatus status)
    {
        (name.Inode, name.Mode) = (status.Inode, status.Mode);
        if (status.Kind != NodeKind.Directory && status.LinkCount == 1)
        {
            _nodes[status.Inode] = name;
        }
    }

    private void Unbind(HeldName name)
    {
        if (_nodes.TryGetValue(name.Inode, out var bound) && ReferenceEquals(bound, name))
        {
            _nodes.Remove(name.Inode);
        }
    }

    private void SetAbsent(HeldDirectory directory, string name)
    {
        var held = Name(directory, name);
        held.IsAbsent = true;
    }
}
