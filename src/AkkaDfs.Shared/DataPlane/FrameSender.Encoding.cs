// How frames are put into the staging blocks; everything here happens under the sender's lock.

using System.Buffers.Binary;

namespace AkkaDfs.Shared.DataPlane;

internal sealed partial class FrameSender
{
    private static void WriteChecksums(Span<byte> target, in FramePayload payload)
    {
        BinaryPrimitives.WriteInt32LittleEndian(target, payload.Phase);
        var checksums = payload.Checksums.Span;
        var count = Checksum.SegmentCount(new ByteRange(payload.Phase, payload.Bytes.Length));
        for (var i = 0; i < count; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(target[(sizeof(uint) * (1 + i))..], checksums[i]);
        }
    }

    private static void Gather(ReadOnlySpan<ReadOnlyMemory<byte>> parts, Span<byte> target)
    {
        foreach (ref readonly var part in parts)
        {
            part.Span.CopyTo(target);
            target = target[part.Length..];
        }
    }

    private static void WriteOwnChecksums(Span<byte> target, ReadOnlySpan<byte> payload)
    {
        if (payload.IsEmpty)
        {
            return;
        }

        BinaryPrimitives.WriteInt32LittleEndian(target, 0);
        for (var i = 0; !payload.IsEmpty; i++)
        {
            var segment = payload[..Math.Min(payload.Length, Checksum.BlockBytes)];
            BinaryPrimitives.WriteUInt32LittleEndian(target[(sizeof(uint) * (1 + i))..], Checksum.Compute(segment));
            payload = payload[segment.Length..];
        }
    }

    // Room for one frame's head behind what is staged; the reference of the part that holds it keeps the block.
    private Span<byte> Stage(int bytes)
    {
        if (_staging is null || _staging.Capacity - _stagingUsed < bytes)
        {
            _staging = pool.Rent(Math.Max(StagingBytes, bytes));
            _stagingUsed = 0;
        }

        return _staging.Array.AsSpan(_stagingUsed, bytes);
    }

    private void Append(int bytes)
    {
        var last = _pending.Count - 1;
        if (last >= 0 && _pending[last] is { Payload.IsEmpty: true } part && part.Staging == _staging && part.Offset + part.Length == _stagingUsed)
        {
            _pending[last] = part with { Length = part.Length + bytes };
        }
        else
        {
            _pending.Add(new Part(HoldStaging(), _stagingUsed, bytes, default, default, null));
        }

        _stagingUsed += bytes;
    }

    private void AppendLarge(int headBytes, in FramePayload payload, ISendObserver? observer)
    {
        _hasLarge = true;
        _pending.Add(new Part(HoldStaging(), _stagingUsed, headBytes, payload.Bytes, payload.Owner, observer));
        _stagingUsed += headBytes;
    }

    // The first part of a fresh block takes over the reference that came with renting it.
    private PooledBlock HoldStaging()
    {
        if (_stagingUsed > 0)
        {
            _staging!.Retain();
        }

        return _staging!;
    }
}
