// What users send through a cluster client.
namespace Akka.Cluster.Tools.Client;

public sealed partial class ClusterClient
{
    /// <summary>Gives a message to one actor that is registered under a path.</summary>
    public sealed class Send : IClusterClientProtocolMessage, IEquatable<Send>
    {
        /// <summary>A message for one registered actor.</summary>
        /// <param name="path">Path without address, such as "/user/service".</param>
        /// <param name="message">The message.</param>
        /// <param name="localAffinity">Prefer an actor on the receptionist's own node.</param>
        public Send(string path, object message, bool localAffinity = false)
        {
            Path = path;
            Message = message;
            LocalAffinity = localAffinity;
        }

        /// <summary>Path without address.</summary>
        public string Path { get; }

        /// <summary>The message.</summary>
        public object Message { get; }

        /// <summary>Prefer an actor on the receptionist's own node.</summary>
        public bool LocalAffinity { get; }

        /// <inheritdoc/>
        public bool Equals(Send? other)
            => other is not null && Path == other.Path && LocalAffinity == other.LocalAffinity && Equals(Message, other.Message);

        /// <inheritdoc/>
        public override bool Equals(object? obj) => Equals(obj as Send);

        /// <inheritdoc/>
        public override int GetHashCode() => HashCode.Combine(Path, Message, LocalAffinity);
    }

    /// <summary>Gives a message to every actor that is registered under a path.</summary>
    public sealed class SendToAll : IClusterClientProtocolMessage, IEquatable<SendToAll>
    {
        /// <summary>A message for all registered actors.</summary>
        /// <param name="path">Path without address, such as "/user/service".</param>
        /// <param name="message">The message.</param>
        public SendToAll(string path, object message)
        {
            Path = path;
            Message = message;
        }

        /// <summary>Path without address.</summary>
        public string Path { get; }

        /// <summary>The message.</summary>
        public object Message { get; }

        /// <inheritdoc/>
        public bool Equals(SendToAll? other) => other is not null && Path == other.Path && Equals(Message, other.Message);

        /// <inheritdoc/>
        public override bool Equals(object? obj) => Equals(obj as SendToAll);

        /// <inheritdoc/>
        public override int GetHashCode() => HashCode.Combine(Path, Message);
    }

    /// <summary>Gives a message to every subscriber of a topic.</summary>
    public sealed class Publish : IClusterClientProtocolMessage, IEquatable<Publish>
    {
        /// <summary>A message for all subscribers.</summary>
        public Publish(string topic, object message)
        {
            Topic = topic;
            Message = message;
        }

        /// <summary>The topic.</summary>
        public string Topic { get; }

        /// <summary>The message.</summary>
        public object Message { get; }

        /// <inheritdoc/>
        public bool Equals(Publish? other) => other is not null && Topic == other.Topic && Equals(Message, other.Message);

        /// <inheritdoc/>
        public override bool Equals(object? obj) => Equals(obj as Publish);

        /// <inheritdoc/>
        public override int GetHashCode() => HashCode.Combine(Topic, Message);
    }
}
