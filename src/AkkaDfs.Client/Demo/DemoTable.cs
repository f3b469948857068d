// The demonstration's result as a table. The only place that uses Spectre.Console, so that no other verb loads it.

using AkkaDfs.Client.Core;
using Spectre.Console;

namespace AkkaDfs.Client.Demo;

/// <summary>Prints the table.</summary>
internal static class DemoTable
{
    public static void Print(TextWriter output, IReadOnlyList<DemoStep> steps, TimeSpan total, bool good, bool terminal)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(output),
            Ansi = terminal ? AnsiSupport.Detect : AnsiSupport.No,
            Interactive = InteractionSupport.No,
        });
        if (!terminal)
        {
            console.Profile.Width = 160;
        }

        var table = new Table().Border(TableBorder.Rounded).AddColumn("step").AddColumn(new TableColumn("time").RightAligned()).AddColumn("result");
        foreach (var step in steps)
        {
            table.AddRow(
                new Text(step.What), new Text(Amounts.Time(step.Time)), new Text(step.Result, new Style(step.Good ? Color.Green : Color.Red)));
        }

        console.WriteLine();
        console.Write(table);
        console.MarkupLine(good
            ? $"[green]Nothing was lost and nothing differs.[/] {Markup.Escape(Amounts.Time(total))} in all."
            : "[red]Something differs: see the table.[/]");
        output.Flush();
    }
}
