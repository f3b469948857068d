// The data file while it is open, and looks whether it is as it should be.

using AkkaDfs.Shared;
using AkkaDfs.Shared.Files;

namespace AkkaDfs.Chunk.Storage;

internal sealed partial class Replica
{
    /// <summary>Closes the data file if it was not used since the last look and has nothing unwritten.</summary>
    internal OpenFiles.Look LookToClose()
    {
        if (!_lock.TryEnter())
        {
            return OpenFiles.Look.InUse;
        }

        try
        {
            if (_file is not null && Fault is null && !_isGone && (_wasUsed || (_image is not null && IsDirty)))
            {
                _wasUsed = false;
                return OpenFiles.Look.InUse;
            }

            _file?.Dispose();
            _file = null;
            return OpenFiles.Look.Closed;
        }
        finally
        {
            _lock.Exit();
        }
    }

    // Usable, and its data file open.
    private DfsError? Ready()
    {
        _wasUsed = true;
        return Unusable() ?? (_file is null ? Reopen() : null);
    }

    private DfsError? Reopen()
    {
        try
        {
            HoldOpen(_folder.Files.Open(DataPath, FileOpen.ReadWrite));
            return null;
        }
        catch (Exception failure) when (FileErrors.IsMissing(failure))
        {
            return GiveUp("its data file is missing.");
        }
        catch (Exception failure) when (FileErrors.IsDiskFailure(failure))
        {
            return StoreErrors.Disk(failure, $"open {DataPath}");
        }
    }

    private void HoldOpen(IFile file)
    {
        (_file, _wasUsed) = (file, true);
        _folder.OpenFiles.Add(this);
    }

    // Longer: an operation was under way at a crash and never counted. Shorter: somebody cut the file.
    private void CheckLength(ReplicaImage image, List<int> missing)
    {
        var length = _file!.Length;
        if (length > image.LengthBytes)
        {
            _file.SetLength(image.LengthBytes);
        }
        else if (length < image.LengthBytes)
        {
            _file.SetLength(image.LengthBytes);
            for (var block = (int)(length / Checksum.BlockBytes); block < image.Blocks.Count; block++)
            {
                missing.Add(block);
            }
        }
    }
}
