// What a program of this project asks of its runtime. A library never does: it is somebody else's process.

namespace AkkaDfs.Shared.Hosting;

/// <summary>Settings of the whole process.</summary>
public static class ProcessTuning
{
    /// <summary>
    /// Lets what arrived on a socket be handled on the thread that learned of it, instead of handing it to another: a third less
    /// processor time per small message. Handlers on that thread must not block; ours put messages into mailboxes and complete
    /// calls whose continuations run elsewhere. Call it before the first socket is made.
    /// </summary>
    /// <remarks>Whoever has set the variable keeps it.</remarks>
    public static void Apply()
    {
        const string InlineCompletions = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";
        if (Environment.GetEnvironmentVariable(InlineCompletions) is null)
        {
            Environment.SetEnvironmentVariable(InlineCompletions, "1");
        }
    }
}
