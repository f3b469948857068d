// Outcomes of the last operations of one replica, found by operation id: a ring in order of sequence and a chained hash index
// into it. Grows in small pages up to its capacity, so that a chunk with few operations costs little and nothing is ever a
// large object. Of each client whose outcomes had to make room it keeps the highest counter among them: what lies above was
// never forgotten, so its absence proves that it was not applied. The byte form is part of the meta file, of copies, and of the log.

using System.Buffers.Binary;
using AkkaDfs.Shared;

namespace AkkaDfs.Chunk.Storage;

internal sealed class OperationWindow(int capacity)
{
    private const int PageEntries = 256;
    private const int FormVersion = 2;
    private const int FormVersionWithoutFloors = 1;
    private const int FormHeadBytes = 8;
    private const int FormFloorBytes = 24;
    private const int FormEntryBytes = 44;
    private const int MaxFloors = 1024;
    private const ushort ForgotFlag = 1;
    private const ushort ForgotClientsFlag = 2;
    private readonly Dictionary<Guid, Floor> _floors = [];
    private readonly List<Entry[]> _pages = [];
    private int[] _buckets = [];
    private long _added;
    private bool _forgotClients;

    /// <summary>Length of the byte form of no outcomes.</summary>
    internal const int EmptyFormBytes = FormHeadBytes + sizeof(int);

    /// <summary>Number of outcomes.</summary>
    internal int Count { get; private set; }

    /// <summary>True once an outcome had to make room.</summary>
    internal bool HasForgotten { get; private set; }

    /// <summary>Length of the byte form.</summary>
    internal int FormBytes => EmptyFormBytes + (_floors.Count * FormFloorBytes) + (Count * FormEntryBytes);

    /// <summary>False when an operation that is not found was certainly never applied.</summary>
    internal bool MayHaveForgotten(OperationId operation)
        => _floors.TryGetValue(operation.Client, out var floor) ? operation.Counter <= floor.Counter : _forgotClients;

    internal void Add(OperationId operation, OperationOutcome outcome)
    {
        if (operation == OperationId.None)
        {
            return;
        }

        var slot = (int)(_added % capacity);
        if (Count == capacity)
        {
            Unlink(slot);
            Forget(EntryAt(slot).Operation, _added);
        }
        else
        {
            Count++;
        }

        _added++;
        if (slot / PageEntries == _pages.Count)
        {
            _pages.Add(new Entry[Math.Min(PageEntries, capacity)]);
        }

        EntryAt(slot) = new Entry { Operation = operation, Outcome = outcome, Next = -1 };
        if (Count > _buckets.Length)
        {
            Rehash();
        }
        else
        {
            Link(slot);
        }
    }

    internal bool TryGet(OperationId operation, out OperationOutcome outcome)
    {
        for (var slot = _buckets.Length == 0 ? -1 : _buckets[BucketOf(operation)]; slot >= 0; slot = EntryAt(slot).Next)
        {
            ref var entry = ref EntryAt(slot);
            if (entry.Operation == operation)
            {
                outcome = entry.Outcome;
                return true;
            }
        }

        outcome = default;
        return false;
    }

    /// <summary>Writes the byte form, oldest first.</summary>
    internal void WriteTo(Span<byte> form)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(form, FormVersion);
        BinaryPrimitives.WriteUInt16LittleEndian(form[2..], (ushort)((HasForgotten ? ForgotFlag : 0) | (_forgotClients ? ForgotClientsFlag : 0)));
        BinaryPrimitives.WriteInt32LittleEndian(form[4..], Count);
        BinaryPrimitives.WriteInt32LittleEndian(form[FormHeadBytes..], _floors.Count);
        form = form[EmptyFormBytes..];
        foreach (var (client, floor) in _floors.OrderBy(f => f.Value.At).ThenBy(f => f.Key))
        {
            client.TryWriteBytes(form);
            BinaryPrimitives.WriteUInt64LittleEndian(form[16..], floor.Counter);
            form = form[FormFloorBytes..];
        }

        for (var i = _added - Count; i < _added; i++, form = form[FormEntryBytes..])
        {
            ref var entry = ref EntryAt((int)(i % capacity));
            entry.Operation.Client.TryWriteBytes(form);
            BinaryPrimitives.WriteUInt64LittleEndian(form[16..], entry.Operation.Counter);
            BinaryPrimitives.WriteUInt64LittleEndian(form[24..], entry.Outcome.Sequence);
            BinaryPrimitives.WriteInt32LittleEndian(form[32..], (int)entry.Outcome.Offset);
            BinaryPrimitives.WriteInt32LittleEndian(form[36..], (int)entry.Outcome.LengthBytes);
            BinaryPrimitives.WriteInt32LittleEndian(form[40..], (int)entry.Outcome.Code);
        }
    }

    /// <summary>Reads the byte form; null when it is not one.</summary>
    internal static OperationWindow? Read(ReadOnlySpan<byte> form, int capacity)
    {
        if (form.Length < FormHeadBytes)
        {
            return null;
        }

        var version = BinaryPrimitives.ReadUInt16LittleEndian(form);
        var flags = BinaryPrimitives.ReadUInt16LittleEndian(form[2..]);
        long count = BinaryPrimitives.ReadUInt32LittleEndian(form[4..]);
        if (version is not (FormVersion or FormVersionWithoutFloors) || (version == FormVersion && form.Length < EmptyFormBytes))
        {
            return null;
        }

        long floors = version == FormVersion ? BinaryPrimitives.ReadUInt32LittleEndian(form[FormHeadBytes..]) : 0;
        form = form[(version == FormVersion ? EmptyFormBytes : FormHeadBytes)..];
        if (floors > MaxFloors || form.Length != (floors * FormFloorBytes) + (count * FormEntryBytes))
        {
            return null;
        }

        // The older form knew only that something was forgotten, not of whom.
        var hasForgotten = (flags & ForgotFlag) != 0;
        var window = new OperationWindow(capacity)
        {
            HasForgotten = hasForgotten,
            _forgotClients = version == FormVersion ? (flags & ForgotClientsFlag) != 0 : hasForgotten,
        };
        for (var i = 0; i < floors; i++, form = form[FormFloorBytes..])
        {
            window.Forget(new OperationId(new Guid(form[..16]), BinaryPrimitives.ReadUInt64LittleEndian(form[16..])), i - floors);
        }

        window.AddAll(form);
        return window;
    }

    private void AddAll(ReadOnlySpan<byte> form)
    {
        for (; !form.IsEmpty; form = form[FormEntryBytes..])
        {
            Add(
                new OperationId(new Guid(form[..16]), BinaryPrimitives.ReadUInt64LittleEndian(form[16..])),
                new OperationOutcome(
                    BinaryPrimitives.ReadUInt64LittleEndian(form[24..]),
                    BinaryPrimitives.ReadInt32LittleEndian(form[32..]),
                    BinaryPrimitives.ReadInt32LittleEndian(form[36..]),
                    (DfsErrorCode)BinaryPrimitives.ReadInt32LittleEndian(form[40..])));
        }
    }

    // Keeps the highest forgotten counter of the clients that lost one last.
    private void Forget(OperationId operation, long at)
    {
        HasForgotten = true;
        var counter = _floors.TryGetValue(operation.Client, out var floor) ? Math.Max(floor.Counter, operation.Counter) : operation.Counter;
        _floors[operation.Client] = new Floor(counter, at);
        if (_floors.Count > MaxFloors)
        {
            _floors.Remove(_floors.MinBy(f => f.Value.At).Key);
            _forgotClients = true;
        }
    }

    private ref Entry EntryAt(int slot) => ref _pages[slot / PageEntries][slot % PageEntries];

    private int BucketOf(OperationId operation) => operation.GetHashCode() & (_buckets.Length - 1);

    private void Link(int slot)
    {
        ref var entry = ref EntryAt(slot);
        ref var bucket = ref _buckets[BucketOf(entry.Operation)];
        entry.Next = bucket;
        bucket = slot;
    }

    private void Unlink(int slot)
    {
        ref var link = ref _buckets[BucketOf(EntryAt(slot).Operation)];
        while (link != slot)
        {
            link = ref EntryAt(link).Next;
        }

        link = EntryAt(slot).Next;
    }

    private void Rehash()
    {
        _buckets = new int[Math.Max(16, _buckets.Length * 2)];
        Array.Fill(_buckets, -1);
        for (var i = _added - Count; i < _added; i++)
        {
            Link((int)(i % capacity));
        }
    }

    private readonly record struct Floor(ulong Counter, long At);

    private struct Entry
    {
        public OperationId Operation;
        public OperationOutcome Outcome;
        public int Next;
    }
}
