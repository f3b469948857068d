// Extended attributes of nodes.

namespace AkkaDfs.Shared.Protocol;

public static partial class MetaProtocol
{
    /// <summary>Longest name of an extended attribute, in bytes.</summary>
    public const int MaxXattrNameBytes = 255;

    /// <summary>Longest value of one, in bytes.</summary>
    public const int MaxXattrValueBytes = 65_536;

    /// <summary>Most bytes of all names of one node's attributes, each with the NUL that ends it in a listing.</summary>
    public const int MaxXattrListBytes = 65_536;

    /// <summary>Most bytes of all values of one node's attributes.</summary>
    public const int MaxXattrTotalBytes = 1_048_576;

    /// <summary>What SetXattr does about an existing attribute. Numbers are on the wire: append only.</summary>
    public enum XattrMode
    {
        /// <summary>Make or replace.</summary>
        Any = 0,

        /// <summary>Fail with AlreadyExists.</summary>
        Create = 1,

        /// <summary>Fail with AttributeNotFound when there is none.</summary>
        Replace = 2,
    }

    /// <summary>Asks for an extended attribute. Answer: <see cref="XattrReply"/>, or AttributeNotFound.</summary>
    public sealed record GetXattr(PathRef Target, string Name, bool FollowLink = true) : Request;

    /// <summary>Asks for the names of a node's extended attributes. Answer: <see cref="XattrNames"/>.</summary>
    public sealed record ListXattr(PathRef Target, bool FollowLink = true) : Request;

    /// <summary>
    /// Sets an extended attribute. Answer: <see cref="Done"/>, or AlreadyExists, AttributeNotFound, AttributeTooLarge, NotSupported, NotPermitted.
    /// </summary>
    /// <param name="Target">The node.</param>
    /// <param name="Name">user.* of files and directories; trusted.* and security.* for the superuser.</param>
    /// <param name="Value">At most <see cref="MaxXattrValueBytes"/>.</param>
    /// <param name="Mode">What to do about an existing one.</param>
    /// <param name="FollowLink">Whether a symbolic link at the end is followed.</param>
    public sealed record SetXattr(PathRef Target, string Name, byte[] Value, XattrMode Mode = XattrMode.Any, bool FollowLink = true) : Mutation;

    /// <summary>Removes an extended attribute. Answer: <see cref="Done"/>, or AttributeNotFound.</summary>
    public sealed record RemoveXattr(PathRef Target, string Name, bool FollowLink = true) : Mutation;

    /// <summary>Value of an extended attribute.</summary>
    public sealed record XattrReply(byte[] Value) : Reply;

    /// <summary>Names of extended attributes, in order.</summary>
    public sealed record XattrNames(IReadOnlyList<string> Names) : Reply;
}
