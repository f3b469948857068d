using AkkaDfs.Meta.Core;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;
using Xunit;

namespace AkkaDfs.Meta.Tests.Core;

public sealed class XattrTests
{
    private static readonly Caller Owner = new(1, 10, []);
    private static readonly Caller Other = new(2, 20, []);
    private readonly MetaHarness _meta = new();

    [Fact]
    public void Any_history_gives_what_a_dictionary_gives_and_the_journal_gives_it_again()
        => Seeds.ForEach(10, random =>
        {
            var meta = new MetaHarness();
            var twin = new Dictionary<(string Path, string Name), byte[]>();
            for (var step = 0; step < 500; step++)
            {
                var path = $"/f{random.Next(4)}";
                var name = $"user.{(char)('a' + random.Next(3))}";
                var exists = meta.CodeOf(new MetaProtocol.GetStatus(PathRef.Absolute(path))) == DfsErrorCode.None;
                var has = twin.ContainsKey((path, name));
                switch (random.Next(6))
                {
                    case 0:
                        meta.CodeOf(new MetaProtocol.CreateFile(PathRef.Absolute(path), MetaProtocol.Disposition.CreateNew, FileLayout.Default));
                        break;
                    case 1 when random.Next(3) == 0:
                        meta.CodeOf(new MetaProtocol.Remove(PathRef.Absolute(path)));
                        twin.Keys.Where(k => k.Path == path).ToList().ForEach(k => twin.Remove(k));
                        break;
                    case 2:
                        var removed = meta.CodeOf(new MetaProtocol.RemoveXattr(PathRef.Absolute(path), name) { Operation = meta.NextOperation() });
                        Assert.Equal(!exists ? DfsErrorCode.FileNotFound : has ? DfsErrorCode.None : DfsErrorCode.AttributeNotFound, removed);
                        twin.Remove((path, name));
                        break;
                    default:
                        var mode = (MetaProtocol.XattrMode)random.Next(3);
                        var value = new byte[random.Next(5)];
                        random.NextBytes(value);
                        var expected = !exists ? DfsErrorCode.FileNotFound
                            : has && mode == MetaProtocol.XattrMode.Create ? DfsErrorCode.AlreadyExists
                            : !has && mode == MetaProtocol.XattrMode.Replace ? DfsErrorCode.AttributeNotFound
                            : DfsErrorCode.None;
                        Assert.Equal(expected, meta.CodeOf(new MetaProtocol.SetXattr(PathRef.Absolute(path), name, value, mode) { Operation = meta.NextOperation() }));
                        if (expected == DfsErrorCode.None)
                        {
                            twin[(path, name)] = value;
                        }

                        break;
                }

                Check(meta, twin, path);
            }

            var image = MetaHarness.Image(meta.State.Durable);
            Assert.Equal(image, MetaHarness.Image(MetaHarness.Replayed(meta.Journal)));
            Assert.Equal(image, MetaHarness.Image(MetaHarness.Replayed(meta.State.Durable.Images())));
        });

    [Fact]
    public void Limits_are_those_of_Linux()
    {
        _meta.Create("/f");
        Assert.Equal(DfsErrorCode.None, Set("user." + new string('n', 250), new byte[65_536]));
        Assert.Equal(DfsErrorCode.NameTooLong, Set("user." + new string('n', 251), []));
        Assert.Equal(DfsErrorCode.AttributeTooLarge, Set("user.v", new byte[65_537]));
        Assert.Equal(DfsErrorCode.InvalidPath, Set("user.", []));
        Assert.Equal(DfsErrorCode.NotSupported, Set("system.posix_acl_access", []));
        Assert.Equal(DfsErrorCode.NotSupported, Set("other.x", []));
        Assert.Equal(DfsErrorCode.NotSupported, _meta.CodeOf(new MetaProtocol.GetXattr(PathRef.Absolute("/f"), "system.posix_acl_default")));
        var code = DfsErrorCode.None;
        var count = 0;
        for (; code == DfsErrorCode.None; count++)
        {
            code = Set($"user.{count:d250}", []);
        }

        Assert.Equal((DfsErrorCode.AttributeTooLarge, 256), (code, count));
    }

    [Fact]
    public void Who_may_read_and_set_which()
    {
        _meta.Create("/f");
        _meta.Ask<MetaProtocol.StatusReply>(new MetaProtocol.SetAttributes(PathRef.Absolute("/f")) { Uid = 1, Mode = 0x180 });
        Assert.Equal(DfsErrorCode.None, Set("user.a", [1], Owner));
        Assert.Equal(DfsErrorCode.PermissionDenied, Set("user.a", [1], Other));
        Assert.Equal(DfsErrorCode.PermissionDenied, Get("user.a", Other));
        Assert.Equal(DfsErrorCode.NotPermitted, Set("trusted.a", [1], Owner));
        Assert.Equal(DfsErrorCode.None, Set("trusted.a", [1]));
        Assert.Equal(DfsErrorCode.AttributeNotFound, Get("trusted.a", Owner));
        Assert.Equal(DfsErrorCode.NotPermitted, Set("security.a", [1], Owner));
        Assert.Equal(DfsErrorCode.None, Set("security.a", [1]));
        Assert.Equal(DfsErrorCode.None, Get("security.a", Other));
        Assert.Equal(["security.a", "user.a"], List(Owner));
        Assert.Equal(["security.a", "trusted.a", "user.a"], List(Caller.Superuser));
        _meta.Ask<MetaProtocol.StatusReply>(new MetaProtocol.MakeSymbolicLink(PathRef.Absolute("/l"), "f"));
        Assert.Equal(DfsErrorCode.NotPermitted, _meta.CodeOf(new MetaProtocol.SetXattr(PathRef.Absolute("/l"), "user.a", [], FollowLink: false)));
    }

    private static void Check(MetaHarness meta, Dictionary<(string Path, string Name), byte[]> twin, string path)
    {
        if (meta.Ask(new MetaProtocol.ListXattr(PathRef.Absolute(path))) is not MetaProtocol.XattrNames { Names: var names })
        {
            return;
        }

        Assert.Equal(twin.Keys.Where(k => k.Path == path).Select(k => k.Name).Order(StringComparer.Ordinal), names);
        foreach (var name in names)
        {
            Assert.Equal(twin[(path, name)], meta.Ask<MetaProtocol.XattrReply>(new MetaProtocol.GetXattr(PathRef.Absolute(path), name)).Value);
        }
    }

    private DfsErrorCode Set(string name, byte[] value, Caller? caller = null)
        => _meta.CodeOf(new MetaProtocol.SetXattr(PathRef.Absolute("/f"), name, value) { Caller = caller ?? Caller.Superuser });

    private DfsErrorCode Get(string name, Caller caller) => _meta.CodeOf(new MetaProtocol.GetXattr(PathRef.Absolute("/f"), name) { Caller = caller });

    private IReadOnlyList<string> List(Caller caller)
        => _meta.Ask<MetaProtocol.XattrNames>(new MetaProtocol.ListXattr(PathRef.Absolute("/f")) { Caller = caller }).Names;
}
