// What clients and receptionists, and receptionists among each other, say.
namespace Akka.Cluster.Tools.Client;

/// <summary>A message between a cluster client and a receptionist, or between two receptionists.</summary>
public interface IClusterClientMessage;

/// <summary>A message that a client passes on into the cluster.</summary>
public interface IClusterClientProtocolMessage;

/// <summary>From a client: which receptionists are there?</summary>
internal sealed class GetContacts : IClusterClientMessage
{
    public static readonly GetContacts Instance = new();
}

/// <summary>Answer to <see cref="GetContacts"/>: paths of receptionists, nearest first.</summary>
internal sealed record Contacts(IReadOnlyList<string> ContactPoints) : IClusterClientMessage;

/// <summary>Sign of life of a client.</summary>
internal sealed class Heartbeat : IClusterClientMessage
{
    public static readonly Heartbeat Instance = new();
}

/// <summary>Answer to <see cref="Heartbeat"/>.</summary>
internal sealed class HeartbeatRsp : IClusterClientMessage
{
    public static readonly HeartbeatRsp Instance = new();
}

/// <summary>The receptionist stops in order: look for another one at once.</summary>
internal sealed class ReceptionistShutdown : IClusterClientMessage
{
    public static readonly ReceptionistShutdown Instance = new();
}

/// <summary>Between receptionists: what is registered here, as paths without address and as topics.</summary>
internal sealed record Services(IReadOnlyList<string> Paths, IReadOnlyList<string> Topics) : IClusterClientMessage;

/// <summary>Between receptionists: give this to what is registered with you.</summary>
/// <param name="Key">Path or topic.</param>
/// <param name="IsTopic">True when <paramref name="Key"/> is a topic.</param>
/// <param name="Message">What to give.</param>
internal sealed record Deliver(string Key, bool IsTopic, object Message) : IClusterClientMessage;
