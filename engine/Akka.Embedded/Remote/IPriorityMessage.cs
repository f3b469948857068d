// Marks messages that may overtake others on their way: heartbeats and membership. A backlog of ordinary messages must not look like death.
namespace Akka.Remote;

internal interface IPriorityMessage
{
}
