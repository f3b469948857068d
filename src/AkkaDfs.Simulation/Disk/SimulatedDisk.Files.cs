// Open files of a simulated disk.

using AkkaDfs.Shared.Files;

namespace AkkaDfs.Simulation.Disk;

internal sealed partial class SimulatedDisk
{
    private static bool IsData(string path) => path.EndsWith(".dat", StringComparison.Ordinal);

    private sealed class OpenFile(SimulatedDisk disk, string path, DiskFile file, int generation) : IFile
    {
        private bool _isClosed;

        public long Length => Checked().Now.Length;

        public int Read(Span<byte> destination, long offset)
        {
            var bytes = Checked().Now.Bytes;
            disk.FailMaybe(disk.Faults.ReadError, ErrorIo, path);
            if (offset >= bytes.Length)
            {
                return 0;
            }

            var count = (int)Math.Min(destination.Length, bytes.Length - offset);
            bytes.Slice((int)offset, count).CopyTo(destination);
            return count;
        }

        public void Write(ReadOnlySpan<byte> data, long offset)
        {
            Checked();
            var faults = disk.Faults;
            if ((faults.WriteError > 0 && disk._random.Chance(faults.WriteError)) || (faults.NoSpace > 0 && offset + data.Length > file.Now.Length && disk._random.Chance(faults.NoSpace)))
            {
                // A write that fails may well have begun.
                disk.Change(path, file, new FileChange(++disk._changes, offset, data[..(data.Length / 2)].ToArray(), data.Length / 2));
                var isFull = faults.NoSpace > 0;
                disk.Faulted(isFull ? "disk: ENOSPC" : "disk: EIO");
                throw Failure(isFull ? ErrorNoSpace : ErrorIo, isFull ? "No space left on device" : "Input/output error", path);
            }

            if (faults.Damages && IsData(path) && Damage(data, offset, faults))
            {
                return;
            }

            disk.Change(path, file, new FileChange(++disk._changes, offset, data.ToArray(), data.Length));
        }

        public void Zero(long offset, long lengthBytes)
        {
            Checked();
            disk.Change(path, file, new FileChange(++disk._changes, offset, null, lengthBytes));
        }

        public void SetLength(long lengthBytes)
        {
            Checked();
            disk.Change(path, file, new FileChange(++disk._changes, -1, null, lengthBytes));
        }

        public void Sync()
        {
            Checked();
            if (disk.Faults.SyncError > 0 && disk._random.Chance(disk.Faults.SyncError))
            {
                // What was not synced is forgotten, and looks as if it was there until the machine starts again.
                file.Pending.Clear();
                disk.Faulted("disk: failed sync");
                throw Failure(ErrorIo, "Input/output error", path);
            }

            disk.Touch("sync", path, file.Pending.Count);
            file.Sync();
        }

        public void Dispose() => _isClosed = true;

        private bool Damage(ReadOnlySpan<byte> data, long offset, DiskFaults faults)
        {
            if (disk._random.Chance(faults.LostWrite))
            {
                disk.Faulted("disk: lost write");
                return true;
            }

            if (file.Now.Length > SectorBytes && disk._random.Chance(faults.MisdirectedWrite))
            {
                disk.Faulted("disk: misdirected write");
                var elsewhere = disk._random.Next(file.Now.Length / SectorBytes) * (long)SectorBytes;
                disk.Change(path, file, new FileChange(++disk._changes, elsewhere, data.ToArray(), data.Length));
                return elsewhere != offset;
            }

            return false;
        }

        private DiskFile Checked()
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);
            return generation == disk._generation ? file : throw Failure(ErrorIo, "The power was off", path);
        }
    }
}
