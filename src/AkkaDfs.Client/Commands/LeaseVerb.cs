// dfs lease FILE [--shared] [--for TIME] [--hold]   and   dfs unlease FILE [--force]

using System.CommandLine;
using AkkaDfs.Client.Output;
using AkkaDfs.Shared;

namespace AkkaDfs.Client.Commands;

/// <summary>Takes a file for oneself for a while, and gives it back.</summary>
internal static class LeaseVerb
{
    private const int RenewalsPerLength = 3;
    private static readonly TimeSpan DefaultLength = TimeSpan.FromSeconds(60);

    public static Command Create(CommandContext context)
    {
        var path = new Argument<string>("FILE") { Description = "The file." };
        var shared = new Option<bool>("--shared") { Description = "Others may read it and take shared leases, too; nobody may write it." };
        var length = new Option<TimeSpan?>("--for") { Description = "How long: 500ms, 60s (the default), 2h; at most 24h.", HelpName = "TIME", CustomParser = CommonOptions.ParseTime };
        var hold = new Option<bool>("--hold") { Description = "Stay, renew it, and give it back at Ctrl+C." };
        var command = new Command("lease", "Take a file for oneself: nobody else can upload or download it for a while.") { path, shared, length, hold };
        command.SetAction(async (parse, cancellationToken) =>
        {
            var time = parse.GetValue(length) ?? DefaultLength;
            await using var connection = await context.ConnectAsync(parse, cancellationToken).ConfigureAwait(false);
            var lease = await connection.Client.TakeLeaseAsync(
                context.Remote(parse.GetRequiredValue(path)), time, parse.GetValue(shared), context.Options.Call(parse), cancellationToken).ConfigureAwait(false);
            Print(context, lease, parse.GetValue(context.Options.Json));
            if (!parse.GetValue(hold))
            {
                lease.Leave();
                return ExitCodes.Ok;
            }

            return await HoldAsync(context, lease, time, cancellationToken).ConfigureAwait(false);
        });
        return command;
    }

    public static Command CreateEnd(CommandContext context)
    {
        var path = new Argument<string>("FILE") { Description = "The file." };
        var force = new Option<bool>("--force") { Description = "End all leases of the file, whoever holds them (superuser)." };
        var command = new Command("unlease", "Give a lease back.") { path, force };
        command.SetAction(async (parse, cancellationToken) =>
        {
            await using var connection = await context.ConnectAsync(parse, cancellationToken).ConfigureAwait(false);
            await connection.Client.EndLeaseAsync(
                context.Remote(parse.GetRequiredValue(path)), parse.GetValue(force), context.Options.Call(parse), cancellationToken).ConfigureAwait(false);
            return ExitCodes.Ok;
        });
        return command;
    }

    private static async Task<int> HoldAsync(CommandContext context, DfsLease lease, TimeSpan length, CancellationToken cancellationToken)
    {
        await using (lease.ConfigureAwait(false))
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(lease.Ended, cancellationToken);
            try
            {
                while (true)
                {
                    await Task.Delay(length / RenewalsPerLength, context.Time, either.Token).ConfigureAwait(false);
                    await lease.RenewAsync(length, cancellationToken: either.Token).ConfigureAwait(false);
                }
            }
            catch (Exception e) when (lease.Ended.IsCancellationRequested && e is OperationCanceledException or DfsException)
            {
                throw new DfsException(
                    DfsErrorCode.LeaseNotHeld, $"The lease of '{lease.Holder}' on '{lease.Path}' is over: meta could not be asked to renew it in time. Take it again if it is needed.", e);
            }
        }
    }

    private static void Print(CommandContext context, DfsLease lease, bool json)
    {
        if (json)
        {
            JsonText.Print(context.Out, new JsonLease(lease.Path, lease.Holder, lease.IsShared, lease.Until));
        }
        else
        {
            context.Out.WriteLine($"{lease.Holder} has {(lease.IsShared ? "a shared" : "an exclusive")} lease on {lease.Path} until {lease.Until:yyyy-MM-dd HH:mm:ss} UTC.");
        }
    }
}
