// Random changes of a small tree.

using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Meta.Tests.Journal;

/// <summary>Requests of clients, by chance.</summary>
internal static class Requests
{
    internal static MetaProtocol.Request Random(MetaHarness meta, Random random)
    {
        var path = PathRef.Absolute($"/{random.Next(3)}/{random.Next(4)}");
        return random.Next(4) switch
        {
            0 => new MetaProtocol.Remove(path, Recursive: true) { Operation = meta.NextOperation() },
            1 => new MetaProtocol.Rename(path, PathRef.Absolute($"/{random.Next(3)}/{random.Next(4)}")) { Operation = meta.NextOperation() },
            _ => new MetaProtocol.CreateFile(path, MetaProtocol.Disposition.Replace, FileLayout.Default, MakeParents: true) { Operation = meta.NextOperation() },
        };
    }
}
