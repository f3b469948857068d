// What the sending side of a connection remembers about names it has sent: references and manifests get a slot each, chosen by their hash, and
// while a slot holds them two bytes stand for the name. A new name takes the slot over and is sent in full once. Both sides hold exactly
// Slots entries, so memory is bounded whatever is sent. Guarded by the association's lock.
// A name in the buffer counts as sent only once the frame is accepted: Commit or Rollback follows every frame.
using Akka.Actor;

namespace Akka.Embedded.Remote.Wire;

internal sealed class OutboundNames
{
    public const int PathSlots = 1024;
    public const int ManifestSlots = 256;

    private readonly IActorRef?[] _paths = new IActorRef?[PathSlots];
    private readonly string?[] _manifests = new string?[ManifestSlots];
    private int _newPath1 = -1;
    private int _newPath2 = -1;
    private int _newManifest = -1;

    /// <summary>The slot of a reference; known is false if the name must be sent with it.</summary>
    public int PathSlot(IActorRef actor, out bool known)
    {
        var slot = Embedded.StableHash.Combine(actor.Path.GetHashCode(), (int)actor.Path.Uid) & (PathSlots - 1);
        var held = _paths[slot];
        known = ReferenceEquals(held, actor) || (held is not null && held.Equals(actor));
        if (known)
            return slot;
        _paths[slot] = actor;
        if (_newPath1 < 0)
            _newPath1 = slot;
        else
            _newPath2 = slot;
        return slot;
    }

    public int ManifestSlot(string manifest, out bool known)
    {
        var slot = Embedded.StableHash.Of(manifest) & (ManifestSlots - 1);
        var held = _manifests[slot];
        known = held is not null && (ReferenceEquals(held, manifest) || held == manifest);
        if (known)
            return slot;
        _manifests[slot] = manifest;
        _newManifest = slot;
        return slot;
    }

    public void Commit() => _newPath1 = _newPath2 = _newManifest = -1;

    public void Rollback()
    {
        if (_newPath1 >= 0)
            _paths[_newPath1] = null;
        if (_newPath2 >= 0)
            _paths[_newPath2] = null;
        if (_newManifest >= 0)
            _manifests[_newManifest] = null;
        Commit();
    }
}

/// <summary>A name as the receiving side of a connection remembers it.</summary>
internal sealed class InboundNames
{
    public readonly InboundPath?[] Paths = new InboundPath?[OutboundNames.PathSlots];
    public readonly string?[] Manifests = new string?[OutboundNames.ManifestSlots];
}

/// <summary>A path from the wire and, once looked up, what it leads to.</summary>
internal sealed class InboundPath(string text)
{
    /// <summary>"/user/a#12" of the sender's or receiver's own system, or a full path.</summary>
    public readonly string Text = text;

    /// <summary>The reference as a recipient, if it may be kept.</summary>
    public IInternalActorRef? Recipient;

    /// <summary>The reference as a sender.</summary>
    public IActorRef? Sender;
}
