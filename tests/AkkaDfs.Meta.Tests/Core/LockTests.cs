using AkkaDfs.Meta.Core;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;
using Xunit;
using static AkkaDfs.Shared.Protocol.MetaProtocol;

namespace AkkaDfs.Meta.Tests.Core;

public sealed class LockTests
{
    private const int Bytes = 12;
    private static readonly Guid First = Guid.Parse("00000000-0000-0000-0000-00000000000a");
    private static readonly Guid Second = Guid.Parse("00000000-0000-0000-0000-00000000000b");
    private readonly MetaHarness _meta = new();
    private readonly InodeId _file;
    private ulong _number;

    public LockTests()
    {
        _file = _meta.Create("/f").Status.Inode;
        _meta.Ask<SessionReply>(new StartSession(First));
        _meta.Ask<SessionReply>(new StartSession(Second));
    }

    [Fact]
    public void Any_history_of_ranges_gives_what_an_array_of_bytes_gives()
        => Seeds.ForEach(40, random =>
        {
            var table = new LockTable();
            var file = new InodeId(7);
            var twin = new LockMode[3, Bytes];
            for (var step = 0; step < 500; step++)
            {
                var owner = random.Next(3);
                var start = random.Next(Bytes);
                var end = random.Next(start + 1, Bytes + 1);
                var wanted = new HeldRange(OwnerOf(owner), (LockMode)random.Next(3), start, end);
                var forbidden = wanted.Mode != LockMode.Unlocked && Enumerable.Range(start, end - start).Any(b => Enumerable.Range(0, 3).Any(
                    o => o != owner && twin[o, b] != LockMode.Unlocked && (twin[o, b] == LockMode.Exclusive || wanted.Mode == LockMode.Exclusive)));
                Assert.Equal(forbidden, wanted.Mode != LockMode.Unlocked && table.ConflictOf(file, wanted) is not null);
                if (forbidden)
                {
                    continue;
                }

                table.Set(file, wanted);
                Enumerable.Range(start, end - start).ToList().ForEach(b => twin[owner, b] = wanted.Mode);
                Check(table, file, twin);
            }

            table.End(OwnerOf(0).Session);
            Assert.DoesNotContain(table.HeldOn(file), h => h.Owner == OwnerOf(0));
        });

    [Fact]
    public void Circles_of_waiting_owners_are_found_as_a_search_of_the_graph_finds_them()
        => Seeds.ForEach(40, random =>
        {
            var table = new LockTable();
            var holders = new Dictionary<int, int>();
            var waits = new Dictionary<int, int>();
            for (var step = 0; step < 200; step++)
            {
                var owner = random.Next(5);
                var file = random.Next(5);
                if (waits.ContainsKey(owner))
                {
                    table.StopWaiting(OwnerOf(owner));
                    waits.Remove(owner);
                    continue;
                }

                var wanted = new HeldRange(OwnerOf(owner), LockMode.Exclusive, 0, 10);
                if (!holders.TryGetValue(file, out var holder) || holder == owner)
                {
                    var gives = holders.Remove(file);
                    table.Set(new InodeId((ulong)file), gives ? wanted with { Mode = LockMode.Unlocked } : wanted);
                    if (!gives)
                    {
                        holders[file] = owner;
                    }

                    continue;
                }

                var at = holder;
                var closes = false;
                for (var hops = 0; hops < 10 && !closes && waits.TryGetValue(at, out var waited) && holders.TryGetValue(waited, out var next); hops++)
                {
                    at = next;
                    closes = at == owner;
                }

                Assert.Equal(closes, table.WouldDeadlock(new InodeId((ulong)file), wanted));
                if (!closes)
                {
                    table.Wait(new InodeId((ulong)file), wanted);
                    waits[owner] = file;
                }
            }
        });

    [Fact]
    public void Whoever_waits_is_served_in_order_and_can_stop()
    {
        Assert.Equal(DfsErrorCode.None, Lock(First, 1, LockMode.Exclusive));
        Assert.Equal(DfsErrorCode.LockConflict, Lock(Second, 2, LockMode.Exclusive));
        var waiting = Request(Second, 2, LockMode.Exclusive, wait: true);
        var later = Request(Second, 3, LockMode.Exclusive, wait: true);
        Assert.Equal(DfsErrorCode.LockConflict, _meta.CodeOf(waiting));
        Assert.Equal(DfsErrorCode.LockConflict, _meta.CodeOf(later));
        Assert.Equal(DfsErrorCode.None, Lock(First, 1, LockMode.Unlocked));
        Assert.Equal(DfsErrorCode.LockConflict, _meta.CodeOf(later));
        Assert.Equal(DfsErrorCode.LockConflict, Lock(First, 1, LockMode.Exclusive));
        _meta.Ask<Done>(new CancelLock(Second, ++_number, _file, 2, LockKind.Posix));
        Assert.Equal(DfsErrorCode.None, _meta.CodeOf(later));
        Assert.Equal(DfsErrorCode.LockConflict, _meta.CodeOf(waiting));
        Assert.NotNull(_meta.Ask<LockReply>(new GetLock(First, _file, 1, LockKind.Posix, LockMode.Shared, 0, 1)).Conflict);
    }

    [Fact]
    public void Who_stops_asking_loses_the_place_and_a_deadlock_is_refused()
    {
        var other = _meta.Create("/g").Status.Inode;
        Assert.Equal(DfsErrorCode.None, Lock(First, 1, LockMode.Exclusive));
        Assert.Equal(DfsErrorCode.None, _meta.CodeOf(Request(Second, 2, LockMode.Exclusive) with { File = other }));
        Assert.Equal(DfsErrorCode.LockConflict, Lock(Second, 2, LockMode.Exclusive, wait: true));
        Assert.Equal(DfsErrorCode.WouldDeadlock, _meta.CodeOf(Request(First, 1, LockMode.Exclusive, wait: true) with { File = other }));
        Assert.Equal(DfsErrorCode.None, Lock(First, 1, LockMode.Unlocked));
        Assert.Equal(DfsErrorCode.LockConflict, Lock(First, 3, LockMode.Shared));
        _meta.NowMs += 6_000;
        Assert.Equal(DfsErrorCode.None, Lock(First, 3, LockMode.Shared));
    }

    [Fact]
    public void Late_requests_are_passed_over_and_the_end_of_a_session_gives_all_back()
    {
        var take = Request(First, 1, LockMode.Exclusive);
        Assert.Equal(DfsErrorCode.None, _meta.CodeOf(take));
        Assert.Equal(DfsErrorCode.None, Lock(First, 1, LockMode.Unlocked));
        Assert.Equal(DfsErrorCode.LockConflict, _meta.CodeOf(take));
        Assert.Equal(0, _meta.State.Locks.Count);
        Assert.Equal(DfsErrorCode.None, Lock(First, 1, LockMode.Exclusive));
        var whole = Request(Second, 2, LockMode.Exclusive) with { Kind = LockKind.Flock, End = long.MaxValue };
        Assert.Equal(DfsErrorCode.None, _meta.CodeOf(whole));
        Assert.Equal(2, _meta.State.Locks.Count);
        _meta.Pass(_meta.Policy.SessionMs / 2);
        _meta.Ask<SessionReply>(new RenewSession(Second));
        _meta.Pass((_meta.Policy.SessionMs / 2) + 1_000);
        Assert.Equal(1, _meta.State.Locks.Count);
        _meta.Ask<Done>(new EndSession(Second));
        Assert.Equal(0, _meta.State.Locks.Count);
    }

    [Fact]
    public void Nobody_gets_a_new_lock_before_all_have_said_theirs_to_a_new_meta()
    {
        Assert.Equal(DfsErrorCode.None, Lock(First, 1, LockMode.Exclusive));
        var next = new MetaHarness(journal: _meta.Journal, epoch: new Epoch(2), nowMs: _meta.NowMs);
        var wants = Request(Second, 2, LockMode.Exclusive);
        next.Ask<SessionReply>(new ReclaimSession(Second, [], [], true));
        Assert.Equal(DfsErrorCode.Busy, next.CodeOf(wants));
        var told = next.Ask<SessionReply>(new ReclaimSession(First, [], [new HeldLock(_file, 1, LockKind.Posix, LockMode.Exclusive, 0, 10)], true));
        Assert.Equal(0, told.LostLocks);
        Assert.Equal(DfsErrorCode.LockConflict, next.CodeOf(wants));
        next.Ask<Done>(new EndSession(First));
        Assert.Equal(DfsErrorCode.None, next.CodeOf(wants));
        Assert.Equal(1, next.Ask<SessionReply>(new ReclaimSession(Second, [], [new HeldLock(new InodeId(99), 1, LockKind.Posix, LockMode.Exclusive, 0, 10)], true)).LostLocks);
    }

    private static void Check(LockTable table, InodeId file, LockMode[,] twin)
    {
        var held = table.HeldOn(file);
        Assert.Equal(held.Count, table.Count);
        Assert.True(held.Zip(held.Skip(1)).All(p => p.First.Start <= p.Second.Start));
        for (var owner = 0; owner < 3; owner++)
        {
            var ranges = held.Where(h => h.Owner == OwnerOf(owner)).ToArray();
            Assert.True(ranges.Zip(ranges.Skip(1)).All(p => p.First.End < p.Second.Start || (p.First.End == p.Second.Start && p.First.Mode != p.Second.Mode)));
            for (var b = 0; b < Bytes; b++)
            {
                Assert.Equal(twin[owner, b], ranges.SingleOrDefault(r => r.Start <= b && b < r.End).Mode);
            }
        }
    }

    private static LockOwner OwnerOf(int owner) => new(new Guid(owner + 1, 0, 0, new byte[8]), 5);

    private DfsErrorCode Lock(Guid session, ulong owner, LockMode mode, bool wait = false) => _meta.CodeOf(Request(session, owner, mode, wait));

    private SetLock Request(Guid session, ulong owner, LockMode mode, bool wait = false)
        => new(session, ++_number, _file, owner, LockKind.Posix, mode, 0, 10, wait);
}
