// One active replica: its image, its open data file, and what of it is not where it belongs yet.
//
// Bytes behind the data file's end (PhysicalEnd) are written there at once: no state that a power loss could bring back has
// bytes there. Everything that would change bytes a restart may still need (overwrites, cuts) goes to the log first, is laid
// over reads, and reaches the data file when the log is durable (settling). "Unlogged" bytes are those that are only in the
// data file; a restart after a power loss checks them against the checksums in the log, until a Settled frame says that they
// were synced. Lock order: table shard, replica, log.

using AkkaDfs.Shared;
using AkkaDfs.Shared.Files;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Chunk.Storage;

internal sealed partial class Replica
{
    private readonly Lock _lock = new();
    private readonly DataFolder _folder;
    private readonly ChunkId _chunk;
    private readonly Overlay _overlay = new();
    private readonly SortedSet<int> _badBlocks = [];
    private readonly (Generation Generation, ulong Sequence) _known;
    private ReplicaImage? _image;
    private IFile? _file;
    private long _physicalEnd;
    private ulong _checkpointLsn;
    private ulong _firstUnsettledLsn;
    private ulong _lastUnloggedLsn;
    private ulong _settledFrameLsn;
    private ulong _shrinkLsn;
    private bool _nameIsDurable;
    private bool _isGone;
    private bool _wasUsed;

    internal Replica(DataFolder folder, ChunkId chunk, ServerProtocol.ReplicaFlags flags)
        => (_folder, _chunk, Flags) = (folder, chunk, flags);

    /// <param name="folder">Its folder.</param>
    /// <param name="known">What it was when it came to rest: its files must not be older.</param>
    internal Replica(DataFolder folder, in ReplicaInfo known)
        : this(folder, known.Chunk, known.Flags) => _known = (known.Role.Generation, known.Sequence);

    internal ChunkId Chunk => _chunk;

    internal DataFolder Folder => _folder;

    /// <summary>True while <see cref="OpenFiles"/> has it in its queue; that one's to change.</summary>
    internal bool IsInOpenFiles { get; set; }

    /// <summary>True of one that is in the table before it has files, so that nobody else makes it; until <see cref="Begin"/>.</summary>
    internal bool IsBeingMade { private get; init; }

    /// <summary>Open handles; changed under the table's lock.</summary>
    internal int Handles { get; set; }

    /// <summary>A lower bound of the frames that a restart would need.</summary>
    internal ulong FirstDirtyLsn { get; private set; }

    internal DfsError? Fault { get; private set; }

    internal ServerProtocol.ReplicaFlags Flags { get; private set; }

    internal string DataPath => ChunkFileName.DataPath(_folder.Path, _chunk);

    internal string MetaPath => $"{_folder.Path}/{ChunkFileName.RelativeMetaPath(_chunk)}";

    /// <summary>True when nothing but the files is needed to open it again.</summary>
    internal bool IsAtRest
    {
        get
        {
            lock (_lock)
            {
                return Fault is null && (_image is null || _image.Lsn == _checkpointLsn);
            }
        }
    }

    internal ReplicaInfo? Info
    {
        get
        {
            lock (_lock)
            {
                return _image?.ToInfo((byte)_folder.Number, Flags);
            }
        }
    }

    private bool IsDirty => _image!.Lsn != _checkpointLsn;

    private bool HasUnsettled => _firstUnsettledLsn != 0;

    private bool NeedsSettling => !_overlay.IsEmpty || _image!.LengthBytes < _physicalEnd;

    /// <summary>Makes it an empty replica; the data file exists already.</summary>
    internal DfsError? Begin(ReplicaRole role, int chunkSizeBytes, IFile file)
    {
        lock (_lock)
        {
            HoldOpen(file);
            _image = new ReplicaImage(_chunk, chunkSizeBytes, role, new OperationWindow(_folder.Settings.RememberedOperations));
            return TryLog(OperationBatch.OfThread.Frame.Create(_chunk, role, chunkSizeBytes));
        }
    }

    /// <summary>Takes over a state that is in the log but in no meta file: after a restart, or of an adopted copy.</summary>
    internal void Restore(ReplicaImage image, IFile file, Overlay overlay, ulong firstDirtyLsn)
    {
        lock (_lock)
        {
            HoldOpen(file);
            (_image, _nameIsDurable) = (image, false);
            foreach (var range in overlay.Ranges)
            {
                _overlay.Set(range);
            }

            if (file.Length < image.LengthBytes)
            {
                file.SetLength(image.LengthBytes);
            }

            _physicalEnd = file.Length;
            _shrinkLsn = image.Lsn;
            FirstDirtyLsn = firstDirtyLsn;
            _folder.MarkDirty(this);
        }
    }

    /// <summary>Reads the meta file and opens the data file, unless that was done before.</summary>
    internal DfsError? Load()
    {
        List<int> missing = [];
        lock (_lock)
        {
            if (_isGone)
            {
                return StoreErrors.NotFound(_chunk);
            }

            if (_image is not null || Fault is not null)
            {
                return Fault;
            }

            if (IsBeingMade)
            {
                return StoreErrors.NotFound(_chunk);
            }

            try
            {
                if (ReplicaFiles.ReadMeta(_folder.Files, MetaPath, _chunk, _folder.Settings.RememberedOperations) is not { } image)
                {
                    return GiveUp("its meta file is missing or damaged.");
                }

                if (image.Role.Generation < _known.Generation || image.Sequence < _known.Sequence)
                {
                    return GiveUp($"its meta file is an older one: generation {image.Role.Generation}, operation {image.Sequence}.");
                }

                HoldOpen(_folder.Files.Open(DataPath, FileOpen.ReadWrite));
                _image = image;
                _physicalEnd = image.LengthBytes;
                _checkpointLsn = image.Lsn;
                _nameIsDurable = true;
                CheckLength(image, missing);
            }
            catch (Exception failure) when (FileErrors.IsMissing(failure))
            {
                return GiveUp("its data file is missing.");
            }
            catch (Exception failure) when (FileErrors.IsDiskFailure(failure))
            {
                _image = null;
                return StoreErrors.Disk(failure, $"open the replica of chunk {_chunk} at {DataPath}");
            }
        }

        TellDamage(missing);
        return null;
    }

    /// <summary>Closes the data file; the replica is at rest.</summary>
    internal void Close()
    {
        lock (_lock)
        {
            _file?.Dispose();
            (_file, _image) = (null, null);
        }
    }

    internal ValueTask<DfsError?> SetRoleAsync(ReplicaRole role)
    {
        ulong lsn;
        lock (_lock)
        {
            if (Ready() is { } error)
            {
                return new(error);
            }

            if (role.Generation < _image!.Role.Generation)
            {
                return new(StoreErrors.StaleRole(_chunk, _image.Role.Generation, role.Generation));
            }

            if (TryLog(OperationBatch.OfThread.Frame.Role(_chunk, role)) is { } failed)
            {
                return new(failed);
            }

            _image.Role = role;
            lsn = _image.Lsn;
        }

        return CommitAsync(lsn);
    }

    /// <summary>Ends it; the caller has seen to it that the files go, or belong to another from now on.</summary>
    /// <param name="frame">The frame that ends it.</param>
    /// <param name="lengthBytes">Its length, in case it is at rest.</param>
    /// <returns>The frame's position.</returns>
    internal Result<ulong> End(LogFrame frame, long lengthBytes)
    {
        lock (_lock)
        {
            if (_isGone)
            {
                return StoreErrors.NotFound(_chunk);
            }

            ulong lsn;
            try
            {
                lsn = _folder.Log.Append(frame);
            }
            catch (Exception failure) when (FileErrors.IsDiskFailure(failure))
            {
                return StoreErrors.Disk(failure, $"log the end of the replica of chunk {_chunk}");
            }

            _isGone = true;
            _folder.Account(-(_image?.LengthBytes ?? lengthBytes));
            _overlay.Clear();
            _file?.Dispose();
            _folder.MarkClean(this);
            return lsn;
        }
    }

    /// <summary>Fails it without touching the disk: its folder is out of use.</summary>
    internal void Abandon(string why)
    {
        lock (_lock)
        {
            Fault ??= StoreErrors.Lost(_chunk, why);
            Flags |= ServerProtocol.ReplicaFlags.Damaged;
            _overlay.Clear();
            _folder.MarkClean(this);
        }
    }

    internal bool TryGetOutcome(OperationId operation, out OperationOutcome outcome)
    {
        lock (_lock)
        {
            outcome = default;
            return _image is not null && _image.Outcomes.TryGet(operation, out outcome);
        }
    }

    internal bool HasForgottenOutcomes
    {
        get
        {
            lock (_lock)
            {
                return _image is { Outcomes.HasForgotten: true };
            }
        }
    }

    internal bool MayHaveForgotten(OperationId operation)
    {
        lock (_lock)
        {
            return _image is not null && _image.Outcomes.MayHaveForgotten(operation);
        }
    }

    internal byte[] ExportOutcomes()
    {
        lock (_lock)
        {
            var form = new byte[_image?.Outcomes.FormBytes ?? OperationWindow.EmptyFormBytes];
            (_image?.Outcomes ?? new OperationWindow(1)).WriteTo(form);
            return form;
        }
    }

    private DfsError? Unusable()
        => _isGone ? StoreErrors.NotFound(_chunk) : Fault ?? (_image is null ? StoreErrors.Lost(_chunk, "it was closed.") : null);

    // Appends a frame of this replica.
    private DfsError? TryLog(LogFrame frame)
    {
        if (!IsDirty)
        {
            FirstDirtyLsn = _folder.Log.EndLsn;
            _folder.MarkDirty(this);
        }

        try
        {
            _image!.Lsn = _folder.Log.Append(frame);
            return null;
        }
        catch (Exception failure) when (FileErrors.IsDiskFailure(failure))
        {
            return StoreErrors.Disk(failure, $"write the log of {_folder.Path}");
        }
    }

    private async ValueTask<DfsError?> CommitAsync(ulong lsn)
    {
        var error = await _folder.Log.CommitAsync(lsn).ConfigureAwait(Surroundings.HoldAwaits);
        return error is null ? null : StoreErrors.Lost(_chunk, error.Message);
    }

    // Gives the replica up for good: on record in the log, and without its meta file, so that no restart brings it back.
    private DfsError GiveUp(string why)
    {
        if (Fault is { } known)
        {
            return known;
        }

        var error = StoreErrors.Lost(_chunk, why);
        Fault = error;
        Flags |= ServerProtocol.ReplicaFlags.Damaged;
        _overlay.Clear();
        var generation = _image?.Role.Generation ?? default;
        _folder.GiveUp(_chunk, MetaPath);
        _folder.MarkClean(this);
        _folder.Settings.OnEvent(new StoreEvent.ReplicaLost(_chunk, generation, error));
        return error;
    }

    private void TellDamage(List<int> blocks)
    {
        if (blocks.Count == 0)
        {
            return;
        }

        Generation generation;
        lock (_lock)
        {
            Flags |= ServerProtocol.ReplicaFlags.Damaged;
            _badBlocks.UnionWith(blocks);
            generation = _image?.Role.Generation ?? default;
        }

        _folder.Settings.OnEvent(new StoreEvent.ReplicaDamaged(_chunk, generation, blocks, StoreErrors.Corrupt(_chunk, blocks)));
    }
}
