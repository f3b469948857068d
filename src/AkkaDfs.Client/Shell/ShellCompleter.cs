// What Tab offers: verbs, options, remote paths, and local paths where a verb takes them.

using System.CommandLine;
using AkkaDfs.Client.Commands;
using AkkaDfs.Client.Core;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Client.Shell;

/// <summary>Finds candidates for the word being typed.</summary>
internal sealed class ShellCompleter(CommandContext context, Func<Task<IDfsClient>> connect, IReadOnlyDictionary<string, string> builtIns)
{
    private const int MostEntries = 2000;
    private static readonly CallOptions Quick = new() { Timeout = TimeSpan.FromSeconds(2) };

    /// <summary>Completes a line up to the cursor.</summary>
    public async Task<CompletionResult> CompleteAsync(string line)
    {
        var split = ShellWords.Split(line);
        var partial = split.Partial(line);
        var before = split.Words.Count - (split.LastStart < line.Length ? 1 : 0);
        if (before == 0)
        {
            return Completion.Complete(partial, Verbs());
        }

        var verb = split.Words[0];
        if (partial.StartsWith('-'))
        {
            return Completion.Complete(partial, Options(verb));
        }

        try
        {
            return Completion.Complete(partial, TakesLocal(verb, before) ? Local(partial) : await RemoteAsync(partial).ConfigureAwait(false));
        }
        catch (Exception e) when (e is DfsException or IOException or UnauthorizedAccessException)
        {
            // Tab is no place for an error message; the command itself will give it.
            return CompletionResult.Nothing;
        }
    }

    private IEnumerable<string> Verbs() => context.Root.Subcommands.Where(c => !c.Hidden).Select(c => c.Name).Concat(builtIns.Keys);

    private IEnumerable<string> Options(string verb)
        => context.Root.Subcommands.Where(c => c.Name == verb).SelectMany(c => c.Options).Concat(context.Root.Options)
            .Where(o => !o.Hidden)
            .SelectMany(o => o.Aliases.Append(o.Name))
            .Where(n => n.StartsWith('-'));

    // `put LOCAL… REMOTE` cannot be told apart before it is complete: a path from the root is most likely the remote one.
    private static bool TakesLocal(string verb, int position) => verb switch
    {
        "put" or "upload" or "lcd" => position == 1,
        "get" or "download" or "append" => position > 1,
        _ => false,
    };

    private static IEnumerable<string> Local(string partial)
    {
        var slash = partial.LastIndexOf('/');
        var typed = partial[..(slash + 1)];
        var folder = new DirectoryInfo(Path.GetFullPath(typed.Length == 0 ? "." : typed));
        return folder.Exists
            ? folder.EnumerateFileSystemInfos().Take(MostEntries).Select(e => typed + e.Name + (e is DirectoryInfo ? "/" : string.Empty))
            : [];
    }

    private async Task<IEnumerable<string>> RemoteAsync(string partial)
    {
        var slash = partial.LastIndexOf('/');
        var typed = partial[..(slash + 1)];
        var client = await connect().ConfigureAwait(false);
        var found = new List<string>();
        await foreach (var entry in client.ListAsync(context.Remote(typed), options: Quick).ConfigureAwait(false))
        {
            found.Add(typed + entry.Name + (entry.Status.Kind == NodeKind.Directory ? "/" : string.Empty));
            if (found.Count == MostEntries)
            {
                break;
            }
        }

        return found;
    }
}
