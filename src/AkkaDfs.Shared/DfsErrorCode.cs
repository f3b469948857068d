// Every expected failure has a number here. Numbers are never reused: 1xxx shared, 2xxx meta, 3xxx chunk, 4xxx client.

namespace AkkaDfs.Shared;

/// <summary>What went wrong. Documented one by one in docs/errors.md, with what to do next.</summary>
public enum DfsErrorCode
{
    /// <summary>No error.</summary>
    None = 0,

    /// <summary>An argument is outside its documented range.</summary>
    InvalidArgument = 1001,

    /// <summary>A configuration key has a value that cannot be used.</summary>
    InvalidConfiguration = 1002,

    /// <summary>The deadline passed before the work was done; nothing was changed (TIMEOUT).</summary>
    Timeout = 1003,

    /// <summary>The caller cancelled.</summary>
    Cancelled = 1004,

    /// <summary>The deadline passed while a change was under way: it may have happened. Retry with the same operation id.</summary>
    OutcomeUnknown = 1005,

    /// <summary>Too much is queued already; try again after the hinted delay.</summary>
    Busy = 1006,

    /// <summary>The other side cannot be reached.</summary>
    Unreachable = 1007,

    /// <summary>A frame or message is malformed or over its limit.</summary>
    ProtocolViolation = 1008,

    /// <summary>The other side speaks another version of the protocol or of a file format.</summary>
    VersionMismatch = 1009,

    /// <summary>The other side, or a folder on disk, belongs to another cluster.</summary>
    WrongCluster = 1010,

    /// <summary>The node is shutting down.</summary>
    ShuttingDown = 1011,

    /// <summary>An invariant was broken inside a node; its log has the details.</summary>
    Internal = 1012,

    /// <summary>Nothing listens at the address: the other process is gone.</summary>
    ConnectionRefused = 1013,

    /// <summary>The node cannot listen at its address: the port is in use, or the address is not this machine's.</summary>
    AddressUnavailable = 1014,

    /// <summary>No such file or directory (FILE_NOT_FOUND).</summary>
    FileNotFound = 2001,

    /// <summary>The name is taken.</summary>
    AlreadyExists = 2002,

    /// <summary>A part of the path is not a directory.</summary>
    NotADirectory = 2003,

    /// <summary>The path is a directory where a file is needed.</summary>
    IsADirectory = 2004,

    /// <summary>The directory has entries.</summary>
    DirectoryNotEmpty = 2005,

    /// <summary>A name is over 255 bytes or a path over 4,096.</summary>
    NameTooLong = 2006,

    /// <summary>A path is empty, has a NUL byte, or is otherwise not a path.</summary>
    InvalidPath = 2007,

    /// <summary>The caller's user and groups do not allow it.</summary>
    PermissionDenied = 2008,

    /// <summary>Fewer live chunk servers than replicas asked for.</summary>
    NotEnoughServers = 2009,

    /// <summary>This meta node is not the acting one.</summary>
    NotActingMeta = 2010,

    /// <summary>Meta has started and still waits for chunk servers to report.</summary>
    SafeMode = 2011,

    /// <summary>An order or a log entry of a replaced meta was refused.</summary>
    StaleEpoch = 2012,

    /// <summary>The file has no such chunk.</summary>
    ChunkNotFound = 2013,

    /// <summary>Another client holds a lease on the file (FILE_LOCKED).</summary>
    FileLocked = 2014,

    /// <summary>A quota would be exceeded.</summary>
    QuotaExceeded = 2015,

    /// <summary>The operation log is damaged before its end.</summary>
    JournalDamaged = 2016,

    /// <summary>The operation log is in use by another process.</summary>
    JournalLocked = 2017,

    /// <summary>The operation log could not be written; nothing was acknowledged.</summary>
    JournalUnwritable = 2018,

    /// <summary>A directory cannot be moved into itself.</summary>
    InvalidRename = 2019,

    /// <summary>Too many symbolic links on the way.</summary>
    TooManySymbolicLinks = 2020,

    /// <summary>Too many hard links to one file.</summary>
    TooManyLinks = 2021,

    /// <summary>No chunk server has that id or name.</summary>
    ServerNotFound = 2022,

    /// <summary>The operation is not defined for this kind of node.</summary>
    NotSupported = 2023,

    /// <summary>The extended attribute does not exist.</summary>
    AttributeNotFound = 2024,

    /// <summary>The lease has expired or was never held.</summary>
    LeaseNotHeld = 2025,

    /// <summary>A replica's server is down, and the file's policy is to fail then.</summary>
    ReplicaDown = 2026,

    /// <summary>Only the owner or the superuser may do that, whatever the mode says.</summary>
    NotPermitted = 2040,

    /// <summary>A session, or meta as a whole, holds as many open nodes or locks as it may.</summary>
    TooManyHandles = 2041,

    /// <summary>The session was silent for too long, and what it held is given up.</summary>
    SessionLost = 2042,

    /// <summary>An extended attribute, or all of a node together, would be over their limits.</summary>
    AttributeTooLarge = 2043,

    /// <summary>Another owner has a lock that forbids this one.</summary>
    LockConflict = 2044,

    /// <summary>Waiting for the lock would never end: its owner waits for this one.</summary>
    WouldDeadlock = 2045,

    /// <summary>The database of the operation log does not answer.</summary>
    JournalUnreachable = 2060,

    /// <summary>What is seen through a snapshot cannot be changed.</summary>
    SnapshotReadOnly = 2070,

    /// <summary>The directory, or one below it, has snapshots.</summary>
    HasSnapshots = 2071,

    /// <summary>This server does not have the replica.</summary>
    ReplicaNotFound = 3001,

    /// <summary>The request carries an older generation than the replica; locations must be refreshed.</summary>
    StaleGeneration = 3002,

    /// <summary>The server is not the primary of that chunk.</summary>
    NotPrimary = 3003,

    /// <summary>A block does not match its checksum.</summary>
    ReplicaCorrupt = 3004,

    /// <summary>The disk is full, or down to its reserve.</summary>
    DiskFull = 3005,

    /// <summary>The disk reported an error.</summary>
    DiskError = 3006,

    /// <summary>The replica can no longer be trusted on this server.</summary>
    ReplicaLost = 3007,

    /// <summary>The data does not fit in what is left of the chunk; the next chunk takes it.</summary>
    ChunkFull = 3008,

    /// <summary>A record is over a quarter of the chunk size; nothing was written.</summary>
    RecordTooLarge = 3009,

    /// <summary>A replica further down the chain did not accept the operation; the chain is being repaired.</summary>
    ChainBroken = 3010,

    /// <summary>The server's right to serve reads has run out, because it has not heard from meta.</summary>
    NotServing = 3011,

    /// <summary>The range lies outside the chunk.</summary>
    OutOfRange = 3012,

    /// <summary>An operation arrived out of order and the missing one did not follow.</summary>
    SequenceGap = 3013,

    /// <summary>The data folder is in use by another process.</summary>
    FolderLocked = 3014,

    /// <summary>A file of the chunk store is damaged.</summary>
    StoreDamaged = 3015,

    /// <summary>A replica could not be copied (COPY_FAILED).</summary>
    CopyFailed = 3016,

    /// <summary>The chunk is being moved to a new generation; try again shortly.</summary>
    ChunkRecovering = 3017,

    /// <summary>No replica that could serve is alive and intact.</summary>
    NoReplicaAvailable = 4001,

    /// <summary>No meta node answers.</summary>
    NoMetaAvailable = 4002,

    /// <summary>A local file could not be read or written.</summary>
    LocalFileError = 4003,

    /// <summary>What was read back is not what was stored.</summary>
    ContentMismatch = 4004,

    /// <summary>The embedded cluster did not come up.</summary>
    ClusterStartFailed = 4005,
}
