// The first 32 bytes of every frame, little-endian; docs/formats/data-plane.md has the grammar.
// Lengths are checked against the limits before anything is allocated; the checksum covers the prefix and the head.

using System.Buffers.Binary;

namespace AkkaDfs.Shared.DataPlane;

/// <summary>What a frame says. Numbers are on the wire: append only.</summary>
public enum FrameType : byte
{
    /// <summary>First frame of the side that connects.</summary>
    Hello = 1,

    /// <summary>Answer to <see cref="Hello"/>.</summary>
    HelloReply = 2,

    /// <summary>The request failed.</summary>
    Error = 3,

    /// <summary>Is anybody there? Answered at once by <see cref="Pong"/>.</summary>
    Ping = 4,

    /// <summary>Answer to <see cref="Ping"/>.</summary>
    Pong = 5,

    /// <summary>A write from a client to a primary.</summary>
    Write = 10,

    /// <summary>The write is committed.</summary>
    WriteReply = 11,

    /// <summary>An ordered operation, passed down the chain.</summary>
    Forward = 12,

    /// <summary>The operation is applied here and at everyone further down.</summary>
    ForwardReply = 13,

    /// <summary>Several ordered operations, passed down the chain. Answer: <see cref="ForwardReply"/> for all of them.</summary>
    ForwardBatch = 14,

    /// <summary>Several writes from a client to a primary. Answers: <see cref="WriteReply"/> or <see cref="Error"/> for each.</summary>
    WriteBatch = 15,

    /// <summary>A read.</summary>
    Read = 20,

    /// <summary>The bytes read.</summary>
    ReadReply = 21,

    /// <summary>Asks for the state of a replica.</summary>
    Stat = 30,

    /// <summary>State of a replica.</summary>
    StatReply = 31,

    /// <summary>The writer is done for now. Answer: <see cref="StatReply"/>.</summary>
    Quiesce = 32,

    /// <summary>Asks for a replica's state with block checksums and dedup window.</summary>
    Describe = 40,

    /// <summary>State, block checksums and dedup window.</summary>
    DescribeReply = 41,

    /// <summary>A new primary brings a member to its own state.</summary>
    Join = 42,

    /// <summary>The member is of the new generation and equal to the primary.</summary>
    JoinReply = 43,

    /// <summary>Asks for a replica to be damaged, for a drill.</summary>
    Damage = 50,

    /// <summary>What was damaged.</summary>
    DamageReply = 51,
}

/// <summary>The fixed part of a frame.</summary>
/// <param name="Type">What the frame says.</param>
/// <param name="RequestId">Chosen by the asking side, repeated in the answer; unique among the requests in flight on a connection.</param>
/// <param name="HeadBytes">Length of the head, at most <see cref="DataPlaneLimits.MaxHeadBytes"/>.</param>
/// <param name="PayloadBytes">Length of the payload, at most <see cref="DataPlaneLimits.MaxPayloadBytes"/>.</param>
/// <param name="DeadlineMs">Milliseconds the asking side will wait; 0 for ever.</param>
public readonly record struct FrameHeader(FrameType Type, ulong RequestId, int HeadBytes, int PayloadBytes, uint DeadlineMs)
{
    /// <summary>Length of the prefix.</summary>
    public const int PrefixBytes = 32;

    /// <summary>Version of the frame format.</summary>
    public const byte Version = 1;

    private const uint Magic = 0x31464441; // "ADF1"
    private const int ChecksumOffset = 28;

    /// <summary>Length of the whole frame.</summary>
    public int FrameBytes => PrefixBytes + HeadBytes + PayloadBytes;

    /// <summary>Writes the prefix in front of a head that is already in place, with the checksum over both.</summary>
    /// <param name="frame">Prefix and head: <see cref="PrefixBytes"/> + <see cref="HeadBytes"/>.</param>
    public void Seal(Span<byte> frame)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(frame, Magic);
        frame[4] = Version;
        frame[5] = (byte)Type;
        BinaryPrimitives.WriteUInt16LittleEndian(frame[6..], 0);
        BinaryPrimitives.WriteUInt64LittleEndian(frame[8..], RequestId);
        BinaryPrimitives.WriteInt32LittleEndian(frame[16..], HeadBytes);
        BinaryPrimitives.WriteInt32LittleEndian(frame[20..], PayloadBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(frame[24..], DeadlineMs);
        BinaryPrimitives.WriteUInt32LittleEndian(frame[ChecksumOffset..], ChecksumOf(frame));
    }

    /// <summary>Reads a prefix. The lengths are within the limits; the checksum is not checked yet.</summary>
    /// <returns>What is wrong, or null.</returns>
    public static DfsError? Read(ReadOnlySpan<byte> prefix, out FrameHeader header)
    {
        header = new FrameHeader(
            (FrameType)prefix[5],
            BinaryPrimitives.ReadUInt64LittleEndian(prefix[8..]),
            BinaryPrimitives.ReadInt32LittleEndian(prefix[16..]),
            BinaryPrimitives.ReadInt32LittleEndian(prefix[20..]),
            BinaryPrimitives.ReadUInt32LittleEndian(prefix[24..]));
        if (BinaryPrimitives.ReadUInt32LittleEndian(prefix) != Magic)
        {
            return Violation("it does not begin with the magic number of the data plane");
        }

        if (prefix[4] != Version)
        {
            return new DfsError(DfsErrorCode.VersionMismatch, $"The other side speaks version {prefix[4]} of the data plane, this one version {Version}. Upgrade the older side.");
        }

        if (header.HeadBytes is < 0 or > DataPlaneLimits.MaxHeadBytes)
        {
            return Violation($"its head of {header.HeadBytes} bytes is over the limit of {DataPlaneLimits.MaxHeadBytes}");
        }

        return header.PayloadBytes is < 0 or > DataPlaneLimits.MaxPayloadBytes
            ? Violation($"its payload of {header.PayloadBytes} bytes is over the limit of {DataPlaneLimits.MaxPayloadBytes}")
            : null;
    }

    /// <summary>Checks the checksum over prefix and head.</summary>
    /// <param name="frame">Prefix and head.</param>
    /// <returns>What is wrong, or null.</returns>
    public static DfsError? Verify(ReadOnlySpan<byte> frame)
        => BinaryPrimitives.ReadUInt32LittleEndian(frame[ChecksumOffset..]) == ChecksumOf(frame)
            ? null
            : Violation("its prefix and head do not match their checksum");

    /// <summary>A ProtocolViolation that says what is wrong with a frame.</summary>
    public static DfsError Violation(string what)
        => new(DfsErrorCode.ProtocolViolation, $"A frame was refused: {what}. Use the same release on both sides.");

    private static uint ChecksumOf(ReadOnlySpan<byte> frame)
        => Checksum.Extend(Checksum.Compute(frame[..ChecksumOffset]), frame[PrefixBytes..]);
}
