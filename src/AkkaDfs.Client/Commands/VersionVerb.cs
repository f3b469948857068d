// dfs version

using System.CommandLine;
using System.Reflection;
using System.Runtime.InteropServices;
using AkkaDfs.Client.Output;

namespace AkkaDfs.Client.Commands;

/// <summary>Says which version this is.</summary>
internal static class VersionVerb
{
    public static Command Create(CommandContext context)
    {
        var command = new Command("version", "Show versions of dfs and of what it runs on.");
        command.SetAction(parse =>
        {
            var version = typeof(VersionVerb).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";
            if (parse.GetValue(context.Options.Json))
            {
                JsonText.Print(context.Out, new JsonVersion(version, RuntimeInformation.FrameworkDescription, Engine()));
            }
            else
            {
                context.Out.WriteLine($"dfs {version} on {RuntimeInformation.FrameworkDescription}, {RuntimeInformation.RuntimeIdentifier}, actors by {Engine()}");
            }

            return ExitCodes.Ok;
        });
        return command;
    }

    private static string Engine()
    {
        var engine = typeof(Akka.Configuration.ConfigurationFactory).Assembly.GetName();
        return $"{engine.Name} {engine.Version}";
    }
}
