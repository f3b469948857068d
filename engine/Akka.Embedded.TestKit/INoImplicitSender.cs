// Marks test kits that leave the thread's implicit sender alone.
namespace Akka.TestKit;

/// <summary>The kit's test actor does not become the sender of messages told without one.</summary>
public interface INoImplicitSender
{
}
