// The fake disk itself: what is synced stays, what is not may go, and a sector is never torn.

using Akka.Embedded.Simulation;
using AkkaDfs.Shared.Files;
using AkkaDfs.Simulation.Disk;
using AkkaDfs.Simulation.Trace;
using Xunit;

namespace AkkaDfs.Simulation.Tests;

public sealed class SimulatedDiskTests
{
    private const int Sector = 512;

    [Fact]
    public void What_was_synced_survives_every_power_loss_and_what_was_not_survives_some()
    {
        var lost = 0;
        for (var seed = 0; seed < 200; seed++)
        {
            var disk = Disk(seed);
            using (var file = disk.Open("/a/f", FileOpen.OpenOrCreate))
            {
                file.Write([1, 2, 3], 0);
                file.Sync();
                disk.SyncDirectory("/a");
                file.Write([9, 9, 9], 3);
            }

            disk.LosePower();
            disk.PowerUp();
            var left = disk.TryRead("/a/f")!;
            Assert.Equal([1, 2, 3], left[..3]);
            lost += left.Length == 3 ? 1 : 0;
        }

        Assert.InRange(lost, 20, 180);
    }

    [Fact]
    public void A_name_that_was_not_synced_may_be_gone()
    {
        var gone = 0;
        for (var seed = 0; seed < 100; seed++)
        {
            var disk = Disk(seed);
            disk.Open("/a/new", FileOpen.OpenOrCreate).Sync();
            disk.LosePower();
            disk.PowerUp();
            gone += disk.Exists("/a/new") ? 0 : 1;
        }

        Assert.InRange(gone, 10, 90);
    }

    [Fact]
    public void A_write_is_torn_between_sectors_only()
    {
        var torn = 0;
        for (var seed = 0; seed < 300; seed++)
        {
            var disk = Disk(seed);
            using (var file = disk.Open("/a/f", FileOpen.OpenOrCreate))
            {
                file.Write(new byte[4 * Sector], 0);
                file.Sync();
                disk.SyncDirectory("/a");
                file.Write([.. Enumerable.Repeat((byte)7, 4 * Sector)], 0);
            }

            disk.LosePower();
            disk.PowerUp();
            var sectors = disk.TryRead("/a/f")!.Chunk(Sector).ToList();
            Assert.All(sectors, s => Assert.Single(s.Distinct()));
            torn += sectors.Select(s => s[0]).Distinct().Count() == 2 ? 1 : 0;
        }

        Assert.True(torn > 10, $"torn {torn} times only");
    }

    [Fact]
    public void A_file_from_before_a_power_loss_cannot_be_used_after_it()
    {
        var disk = Disk(1);
        var file = disk.Open("/a/f", FileOpen.OpenOrCreate);
        disk.LosePower();
        disk.PowerUp();
        Assert.Throws<IOException>(() => file.Write([1], 0));
    }

    private static SimulatedDisk Disk(long seed)
    {
        var disk = new SimulatedDisk("disk", new DeterministicRandom(seed), new SimulationTrace(() => 0));
        disk.CreateDirectory("/a");
        disk.SyncDirectory("/");
        return disk;
    }
}
