using AkkaDfs.Meta.Core;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;
using Xunit;

namespace AkkaDfs.Meta.Tests.Core;

public sealed class LeaseTests
{
    private static readonly PathRef File = PathRef.Absolute("/d/f");
    private readonly MetaHarness _meta = new();

    public LeaseTests() => _meta.Create("/d/f");

    [Fact]
    public void S4_07_The_second_client_gets_FILE_LOCKED_with_holder_and_end()
    {
        Take("ann", 60_000);
        var failed = Assert.IsType<MetaProtocol.Failed>(_meta.Ask(new MetaProtocol.GetChunks(File, 0, 1, Access: MetaProtocol.Access.Read) { Holder = "ben" }));
        Assert.Equal((DfsErrorCode.FileLocked, "ann", _meta.UnixNs + 60_000_000_000L), (failed.Error.Code, failed.Error.Holder, failed.Error.UntilUnixNs));
        Assert.Contains("ann", failed.Error.Message, StringComparison.Ordinal);
        Assert.Equal(DfsErrorCode.None, Open("ann", MetaProtocol.Access.ReadWrite));
        Assert.Equal(DfsErrorCode.None, Open("ben", MetaProtocol.Access.None));
        Assert.Equal(DfsErrorCode.FileLocked, Open("ben", MetaProtocol.Access.Write));
        Assert.Equal(DfsErrorCode.FileLocked, Open(string.Empty, MetaProtocol.Access.Read));
        MetaProtocol.Mutation[] changes =
        [
            new MetaProtocol.CreateFile(File, MetaProtocol.Disposition.Replace, FileLayout.Default),
            new MetaProtocol.CreateFile(File, MetaProtocol.Disposition.OpenOrCreate, FileLayout.Default),
            new MetaProtocol.Remove(File),
            new MetaProtocol.Remove(PathRef.Absolute("/d"), Recursive: true),
            new MetaProtocol.Rename(File, PathRef.Absolute("/d/g")),
            new MetaProtocol.AllocateChunk(_meta.Status("/d/f").Inode, 0),
        ];
        Assert.All(changes, c => Assert.Equal(DfsErrorCode.FileLocked, _meta.CodeOf(c with { Holder = "ben", Operation = _meta.NextOperation() })));
        _meta.Create("/other");
        Assert.Equal(DfsErrorCode.FileLocked, _meta.CodeOf(new MetaProtocol.Rename(PathRef.Absolute("/other"), File) { Holder = "ben" }));
        Assert.Equal(DfsErrorCode.None, _meta.CodeOf(new MetaProtocol.Rename(PathRef.Absolute("/other"), File) { Holder = "ann" }));
        Assert.Equal(["ann"], Holders());
        _meta.Create("/d/f", disposition: MetaProtocol.Disposition.OpenOrCreate, holder: "ann");
        _meta.Create("/d/f", disposition: MetaProtocol.Disposition.Replace, holder: "ann");
        Assert.Equal(["ann"], Holders());
        Assert.Equal(1, _meta.State.Durable.Leases.Count);
        AssertDurable();
    }

    [Fact]
    public void S5_05_Shared_leases_let_others_read_and_keep_writers_out()
    {
        Take("ann", 60_000, isShared: true);
        Take("ben", 60_000, isShared: true);
        Assert.Equal(DfsErrorCode.None, Open("cid", MetaProtocol.Access.Read));
        Assert.Equal(DfsErrorCode.FileLocked, Open("cid", MetaProtocol.Access.Write));
        Assert.Equal(DfsErrorCode.FileLocked, Open("ann", MetaProtocol.Access.Write));
        Assert.Equal(DfsErrorCode.FileLocked, TakeCode("cid", false));
        Assert.Equal(DfsErrorCode.FileLocked, TakeCode("ann", false));
        Assert.Equal(DfsErrorCode.None, End("ben"));
        Assert.Equal(DfsErrorCode.None, TakeCode("ann", false));
        Assert.Equal(DfsErrorCode.FileLocked, TakeCode("cid", true));
        Assert.Equal(["ann"], Holders());
    }

    [Fact]
    public void S5_06_Leases_end_by_themselves_and_unlease_says_so()
    {
        Take("ann", 10_000);
        _meta.Pass(9_900);
        Assert.Equal(DfsErrorCode.FileLocked, Open("ben", MetaProtocol.Access.Read));
        Take("ann", 10_000);
        _meta.Pass(9_900);
        Assert.Equal(DfsErrorCode.FileLocked, Open("ben", MetaProtocol.Access.Read));
        _meta.NowMs += 100;
        Assert.Equal(DfsErrorCode.None, Open("ben", MetaProtocol.Access.Read));
        Assert.Equal(DfsErrorCode.LeaseNotHeld, End("ann"));
        _meta.Pass(1_000);
        Assert.Equal(0, _meta.State.Durable.Leases.Count);
        AssertDurable();
    }

    [Fact]
    public void Leases_go_on_after_a_restart_of_meta_for_what_was_left_of_them()
    {
        Take("ann", 60_000);
        _meta.Pass(20_000);
        var next = new MetaHarness(journal: _meta.Journal, epoch: new Epoch(2), nowMs: _meta.NowMs + 10_000);
        var lease = Assert.Single(next.Ask<MetaProtocol.LeasesReply>(new MetaProtocol.GetLeases(File)).Leases);
        Assert.Equal(("ann", false, 30_000L), (lease.Holder, lease.IsShared, lease.LeftMs));
        next.Pass(31_000);
        Assert.Empty(next.Ask<MetaProtocol.LeasesReply>(new MetaProtocol.GetLeases(File)).Leases);
    }

    [Fact]
    public void A_retried_unlease_is_answered_alike_and_only_the_superuser_ends_the_leases_of_others()
    {
        Take("ann", 60_000);
        Assert.Equal(DfsErrorCode.LeaseNotHeld, End("ben"));
        var end = new MetaProtocol.EndLease(File) { Holder = "ann", Operation = _meta.NextOperation() };
        Assert.Equal(DfsErrorCode.None, _meta.CodeOf(end));
        Assert.Equal(DfsErrorCode.None, _meta.CodeOf(end));
        Take("ann", 60_000);
        Assert.Equal(DfsErrorCode.NotPermitted, _meta.CodeOf(new MetaProtocol.EndLease(File, Force: true) { Holder = "ben", Caller = new Caller(5, 5, []) }));
        Assert.Equal(DfsErrorCode.None, _meta.CodeOf(new MetaProtocol.EndLease(File, Force: true) { Holder = "ben" }));
    }

    [Fact]
    public void Whoever_could_not_use_a_file_cannot_keep_others_from_it()
    {
        var stranger = new Caller(5, 5, []);
        Assert.Equal(DfsErrorCode.PermissionDenied, _meta.CodeOf(new MetaProtocol.TakeLease(File, false, 1_000) { Holder = "x", Caller = stranger }));
        Assert.Equal(DfsErrorCode.None, _meta.CodeOf(new MetaProtocol.TakeLease(File, true, 1_000) { Holder = "x", Caller = stranger }));
        Assert.Equal(DfsErrorCode.IsADirectory, _meta.CodeOf(new MetaProtocol.TakeLease(PathRef.Absolute("/d"), false, 1_000) { Holder = "x" }));
        Assert.Equal(DfsErrorCode.InvalidArgument, _meta.CodeOf(new MetaProtocol.TakeLease(File, false, 0) { Holder = "x" }));
        Assert.Equal(DfsErrorCode.InvalidArgument, _meta.CodeOf(new MetaProtocol.TakeLease(File, false, 1_000)));
    }

    [Fact]
    public void Any_history_gives_what_a_list_gives()
        => Seeds.ForEach(20, random =>
        {
            var meta = new MetaHarness();
            var twin = new List<(string File, string Holder, bool IsShared, long UntilMs)>();
            string[] files = ["/a", "/b"];
            Array.ForEach(files, f => meta.Create(f));
            for (var step = 0; step < 400; step++)
            {
                var (file, holder, isShared) = (files[random.Next(2)], $"h{random.Next(3)}", random.Next(2) == 0);
                meta.NowMs += random.Next(500);
                twin.RemoveAll(l => l.UntilMs <= meta.NowMs);
                var others = twin.Where(l => l.File == file && l.Holder != holder).ToArray();
                switch (random.Next(5))
                {
                    case 0:
                        var takes = others.All(o => o.IsShared && isShared);
                        var length = random.Next(100, 3_000);
                        Assert.Equal(takes ? DfsErrorCode.None : DfsErrorCode.FileLocked, meta.CodeOf(new MetaProtocol.TakeLease(PathRef.Absolute(file), isShared, length) { Holder = holder }));
                        if (takes)
                        {
                            twin.RemoveAll(l => l.File == file && l.Holder == holder);
                            twin.Add((file, holder, isShared, meta.NowMs + length));
                        }

                        break;
                    case 1:
                        var held = twin.RemoveAll(l => l.File == file && l.Holder == holder) > 0;
                        Assert.Equal(held ? DfsErrorCode.None : DfsErrorCode.LeaseNotHeld, meta.CodeOf(new MetaProtocol.EndLease(PathRef.Absolute(file)) { Holder = holder }));
                        break;
                    case 2 when random.Next(5) == 0:
                        meta = new MetaHarness(journal: meta.Journal, epoch: new Epoch((ulong)step + 2), nowMs: meta.NowMs);
                        break;
                    case 3:
                        meta.Signal(new Tick());
                        break;
                    default:
                        var access = (MetaProtocol.Access)(random.Next(4) * 2);
                        var locked = others.Any(o => o.IsShared ? (access & MetaProtocol.Access.Write) != 0 : access != 0);
                        Assert.Equal(locked ? DfsErrorCode.FileLocked : DfsErrorCode.None, meta.CodeOf(new MetaProtocol.GetStatus(PathRef.Absolute(file), Access: access) { Holder = holder }));
                        break;
                }
            }

            var image = MetaHarness.Image(meta.State.Durable);
            Assert.Equal(image, MetaHarness.Image(MetaHarness.Replayed(meta.Journal)));
            Assert.Equal(image, MetaHarness.Image(MetaHarness.Replayed(meta.State.Durable.Images())));
        });

    private void Take(string holder, long lengthMs, bool isShared = false)
        => _meta.Ask<MetaProtocol.LeasesReply>(new MetaProtocol.TakeLease(File, isShared, lengthMs) { Holder = holder, Operation = _meta.NextOperation() });

    private DfsErrorCode TakeCode(string holder, bool isShared) => _meta.CodeOf(new MetaProtocol.TakeLease(File, isShared, 60_000) { Holder = holder });

    private DfsErrorCode End(string holder) => _meta.CodeOf(new MetaProtocol.EndLease(File) { Holder = holder, Operation = _meta.NextOperation() });

    private DfsErrorCode Open(string holder, MetaProtocol.Access access) => _meta.CodeOf(new MetaProtocol.GetStatus(File, Access: access) { Holder = holder });

    private IEnumerable<string> Holders() => _meta.Ask<MetaProtocol.LeasesReply>(new MetaProtocol.GetLeases(File)).Leases.Select(l => l.Holder);

    private void AssertDurable()
    {
        var image = MetaHarness.Image(_meta.State.Durable);
        Assert.Equal(image, MetaHarness.Image(MetaHarness.Replayed(_meta.Journal)));
        Assert.Equal(image, MetaHarness.Image(MetaHarness.Replayed(_meta.State.Durable.Images())));
    }
}
