// Requests that look at what only some nodes have.

using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Meta.Core;

internal sealed partial class Queries
{
    private MetaProtocol.Reply Xattr(MetaProtocol.GetXattr request)
    {
        var code = _names.Resolve(request.Target, request.FollowLink, request.Caller, out var node);
        code = code == DfsErrorCode.None ? Core.Xattrs.MayRead(node, request.Name, request.Caller) : code;
        return code != DfsErrorCode.None ? new MetaProtocol.Failed(Core.Xattrs.Error(code, request.Target, request.Name))
            : _names.XattrsOfAny(node.Id).TryGetValue(request.Name, out var value) ? new MetaProtocol.XattrReply(value)
            : new MetaProtocol.Failed(Core.Xattrs.Error(DfsErrorCode.AttributeNotFound, request.Target, request.Name));
    }

    private MetaProtocol.Reply Xattrs(MetaProtocol.ListXattr request)
    {
        var code = _names.Resolve(request.Target, request.FollowLink, request.Caller, out var node);
        return code == DfsErrorCode.None
            ? new MetaProtocol.XattrNames([.. _names.XattrsOfAny(node.Id).Keys.Where(n => Core.Xattrs.IsListed(n, request.Caller))])
            : new MetaProtocol.Failed(Errors.Path(code, request.Target));
    }
}
