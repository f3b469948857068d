// A surrogated object is bound to one actor system; its surrogate is the form that can leave it.
using Akka.Actor;

namespace Akka.Util;

/// <summary>The portable form of an <see cref="ISurrogated"/>.</summary>
public interface ISurrogate
{
    /// <summary>Restores the object within a system.</summary>
    ISurrogated FromSurrogate(ActorSystem system);
}

/// <summary>An object that must be replaced by a surrogate before it leaves its actor system.</summary>
public interface ISurrogated
{
    /// <summary>The portable form.</summary>
    ISurrogate ToSurrogate(ActorSystem system);
}
