// dfs quota set DIR [--bytes SIZE] [--files N] | show DIR | clear DIR

using System.CommandLine;
using System.Globalization;
using AkkaDfs.Client.Core;
using AkkaDfs.Client.Output;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Client.Commands;

/// <summary>Bounds what may lie below a directory.</summary>
internal static class QuotaVerb
{
    public static Command Create(CommandContext context)
    {
        var path = new Argument<string>("DIR") { Description = "The directory." };
        var bytes = new Option<long>("--bytes") { Description = "Most bytes of all files below: 500MiB, 2GiB.", HelpName = "SIZE", CustomParser = CommonOptions.ParseSize };
        var files = new Option<long>("--files") { Description = "Most files, directories and links below.", HelpName = "N" };
        var set = new Command("set", "Set a directory's quota (superuser).") { path, bytes, files };
        set.Validators.Add(result =>
        {
            if (result.GetResult(bytes) is null && result.GetResult(files) is null)
            {
                result.AddError("Give --bytes SIZE, --files N, or both.");
            }
        });
        set.SetAction((parse, cancellationToken) => RunAsync(
            context, parse, path, (client, target) => client.SetQuotaAsync(target, parse.GetValue(bytes), parse.GetValue(files), context.Options.Call(parse), cancellationToken), cancellationToken));
        var show = new Command("show", "Show a directory's quota and what is used of it.") { path };
        show.SetAction((parse, cancellationToken) => RunAsync(
            context, parse, path, (client, target) => client.GetQuotaAsync(target, context.Options.Call(parse), cancellationToken), cancellationToken));
        var clear = new Command("clear", "End a directory's quota (superuser).") { path };
        clear.SetAction((parse, cancellationToken) => RunAsync(
            context, parse, path, (client, target) => client.SetQuotaAsync(target, 0, 0, context.Options.Call(parse), cancellationToken), cancellationToken));
        return new Command("quota", "Bound the bytes and files below a directory.") { set, show, clear };
    }

    private static async Task<int> RunAsync(
        CommandContext context,
        ParseResult parse,
        Argument<string> path,
        Func<IDfsClient, string, Task<MetaProtocol.QuotaReply>> call,
        CancellationToken cancellationToken)
    {
        await using var lease = await context.ConnectAsync(parse, cancellationToken).ConfigureAwait(false);
        var target = context.Remote(parse.GetRequiredValue(path));
        var quota = await call(lease.Client, target).ConfigureAwait(false);
        if (parse.GetValue(context.Options.Json))
        {
            JsonText.Print(context.Out, new JsonQuota(target, quota.MaxBytes, quota.MaxFiles, quota.UsedBytes, quota.UsedFiles));
        }
        else if (quota is { MaxBytes: 0, MaxFiles: 0 })
        {
            context.Out.WriteLine($"{target} has no quota.");
        }
        else
        {
            var most = quota.MaxBytes == 0 ? "any number" : Amounts.Bytes(quota.MaxBytes);
            var nodes = quota.MaxFiles == 0 ? "any number" : quota.MaxFiles.ToString(CultureInfo.InvariantCulture);
            context.Out.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"{target}: {Amounts.Bytes(quota.UsedBytes)} of {most} bytes, {quota.UsedFiles} of {nodes} files."));
        }

        return ExitCodes.Ok;
    }
}
