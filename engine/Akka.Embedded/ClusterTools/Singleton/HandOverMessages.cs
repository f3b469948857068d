// What two singleton managers say to each other while the singleton moves.
namespace Akka.Cluster.Tools.Singleton;

/// <summary>A message between singleton managers.</summary>
public interface IClusterSingletonMessage;

/// <summary>From the new oldest to the old one: stop the singleton and tell me.</summary>
internal sealed class HandOverToMe : IClusterSingletonMessage
{
    public static readonly HandOverToMe Instance = new();
}

/// <summary>From the old oldest: the singleton is stopping.</summary>
internal sealed class HandOverInProgress : IClusterSingletonMessage
{
    public static readonly HandOverInProgress Instance = new();
}

/// <summary>From the old oldest: the singleton has stopped.</summary>
internal sealed class HandOverDone : IClusterSingletonMessage
{
    public static readonly HandOverDone Instance = new();
}

/// <summary>From a manager that finds somebody older: ask me to hand over.</summary>
internal sealed class TakeOverFromMe : IClusterSingletonMessage
{
    public static readonly TakeOverFromMe Instance = new();
}
