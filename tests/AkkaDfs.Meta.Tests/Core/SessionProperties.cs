// Random histories of names, openings, dead clients and changes of the acting meta, against the one rule: a file is there exactly
// as long as it has a name or somebody who lives has it open.

using AkkaDfs.Meta.Core;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;
using Xunit;

namespace AkkaDfs.Meta.Tests.Core;

public sealed class SessionProperties
{
    [Fact]
    public void A_file_is_there_exactly_while_it_has_a_name_or_is_open()
        => Seeds.ForEach(30, random =>
        {
            var history = new History(random);
            for (var step = 0; step < 400; step++)
            {
                history.Step();
                history.CheckNothingIsMissing();
            }

            history.CheckAllElseIsGone();
        });

    private sealed class History(Random random)
    {
        private readonly Dictionary<string, InodeId> _names = [];
        private readonly Dictionary<(Guid Session, ulong Handle), InodeId> _open = [];
        private readonly HashSet<InodeId> _ever = [];
        private readonly HashSet<Guid> _told = [];
        private MetaHarness _meta = new();
        private ulong _lastHandle;
        private ulong _epoch = 1;

        internal void Step()
        {
            var path = RandomPath();
            switch (random.Next(15))
            {
                case < 3:
                    Create(path, random.Next(4) == 0 ? MetaProtocol.Disposition.Replace : MetaProtocol.Disposition.CreateNew);
                    break;
                case 3:
                    var target = RandomPath();
                    if (_meta.CodeOf(new MetaProtocol.MakeHardLink(PathRef.Absolute(path), PathRef.Absolute(target))) == DfsErrorCode.None)
                    {
                        _names[target] = _names[path];
                    }

                    break;
                case < 6:
                    Remove(path);
                    break;
                case 6:
                    Remove("/" + (char)('a' + random.Next(3)));
                    break;
                case 7:
                    Rename(path, RandomPath());
                    break;
                case < 11:
                    Open(path);
                    break;
                case 11 when _open.Count > 0:
                    var key = _open.Keys.ElementAt(random.Next(_open.Count));
                    _meta.Ask<MetaProtocol.Done>(new MetaProtocol.CloseNode(key.Session, key.Handle));
                    _open.Remove(key);
                    break;
                case 12:
                    EndOrLose(Session());
                    break;
                case 13 when random.Next(3) == 0:
                    _meta = new MetaHarness(journal: _meta.Journal, epoch: new Epoch(++_epoch), nowMs: _meta.NowMs);
                    _told.Clear();
                    break;
                default:
                    Renew();
                    _meta.Pass(random.Next(_meta.Policy.SessionMs / 3));
                    Renew();
                    break;
            }
        }

        internal void CheckNothingIsMissing()
        {
            foreach (var inode in _names.Values.Concat(_open.Values))
            {
                Assert.NotNull(_meta.State.Durable.Names.Find(inode));
            }
        }

        internal void CheckAllElseIsGone()
        {
            Renew();
            _meta.Pass(_meta.Policy.SessionMs / 2);
            Renew();
            _meta.Pass(_meta.Policy.SessionMs * 2 / 3);
            Renew();
            _meta.Pass(1_000);
            var live = _names.Values.Concat(_open.Values).ToHashSet();
            Assert.Equal(live.Order(), _ever.Where(i => _meta.State.Durable.Names.Find(i) is not null).Order());
            Assert.Equal(live.Count, _meta.Cluster().Files);
            var image = MetaHarness.Image(_meta.State.Durable);
            Assert.Equal(image, MetaHarness.Image(MetaHarness.Replayed(_meta.Journal)));
            Assert.Equal(image, MetaHarness.Image(MetaHarness.Replayed(_meta.State.Durable.Images())));
        }

        private void Create(string path, MetaProtocol.Disposition disposition)
        {
            if (_meta.Ask(new MetaProtocol.CreateFile(PathRef.Absolute(path), disposition, FileLayout.Default, MakeParents: true)) is MetaProtocol.FileOpened made)
            {
                _names[path] = made.Status.Inode;
                _ever.Add(made.Status.Inode);
            }
        }

        private void Remove(string path)
        {
            if (_meta.CodeOf(new MetaProtocol.Remove(PathRef.Absolute(path), Recursive: true)) == DfsErrorCode.None)
            {
                foreach (var gone in _names.Keys.Where(n => n == path || n.StartsWith(path + "/", StringComparison.Ordinal)).ToArray())
                {
                    _names.Remove(gone);
                }
            }
        }

        private void Rename(string from, string to)
        {
            if (_meta.CodeOf(new MetaProtocol.Rename(PathRef.Absolute(from), PathRef.Absolute(to))) == DfsErrorCode.None
                && !(_names.TryGetValue(to, out var old) && old == _names[from]))
            {
                _names[to] = _names[from];
                _names.Remove(from);
            }
        }

        private void Open(string path)
        {
            var session = Session();
            _told.Add(session);
            _meta.Ask<MetaProtocol.SessionReply>(new MetaProtocol.StartSession(session));
            Renew();
            var handle = ++_lastHandle;
            if (_meta.Ask(new MetaProtocol.OpenNode(session, handle, PathRef.Absolute(path), MetaProtocol.Access.Read)) is MetaProtocol.StatusReply)
            {
                _open.Add((session, handle), _names[path]);
            }
        }

        private void EndOrLose(Guid session)
        {
            _meta.Ask(new MetaProtocol.EndSession(session));
            foreach (var key in _open.Keys.Where(k => k.Session == session).ToArray())
            {
                _open.Remove(key);
            }
        }

        private void Renew()
        {
            foreach (var session in _open.Keys.Select(k => k.Session).Concat(_told).Distinct().Order().ToArray())
            {
                if (_meta.Ask(new MetaProtocol.RenewSession(session)) is MetaProtocol.SessionReply { MustReclaim: true })
                {
                    var held = _open.Where(o => o.Key.Session == session).Select(o => new MetaProtocol.NodeHandle(o.Key.Handle, o.Value)).ToArray();
                    var half = held.Length / 2;
                    Assert.Empty(_meta.Ask<MetaProtocol.SessionReply>(new MetaProtocol.ReclaimSession(session, held[..half], [], false)).Lost);
                    Assert.Empty(_meta.Ask<MetaProtocol.SessionReply>(new MetaProtocol.ReclaimSession(session, held[half..], [], true)).Lost);
                }
            }
        }

        private Guid Session() => new(random.Next(1, 4), 0, 0, new byte[8]);

        private string RandomPath() => $"/{(char)('a' + random.Next(3))}/{(char)('a' + random.Next(2))}/{random.Next(3)}";
    }
}
