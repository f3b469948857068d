// Ranges of files: room made for them, made zero, copied without passing through whoever asks, and where there is data at all.

using System.Buffers;
using AkkaDfs.Fuse.Protocol;
using AkkaDfs.Fuse.Session;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Fuse.Operations;

internal sealed partial class MountOperations
{
    private const uint FallocateKeepSize = 1;
    private const uint FallocatePunch = 2;
    private const uint FallocateZero = 16;
    private const uint SeekData = 3;
    private const int ChunkPage = 1024;

    // A copy is answered after so many bytes at the latest; whoever asks goes on from there.
    private const long MostCopied = 64L * 1024 * 1024;

    private static readonly byte[] Nul = new byte[Wire.MaxWriteBytes];

    private async Task FallocateAsync(FuseRequest request)
    {
        var body = request.Body;
        var (offset, length, mode) = (Wire.I64(body.Span, 8), Wire.I64(body.Span, 16), Wire.U32(body.Span, 24));
        if (mode is not (0 or FallocateKeepSize or FallocateZero or (FallocateZero | FallocateKeepSize) or (FallocatePunch | FallocateKeepSize)))
        {
            request.Answer(Errno.NotSupported);
            return;
        }

        if (_files.Find(Wire.U64(body.Span, 0)) is not { } open)
        {
            request.Answer(Errno.BadFile);
            return;
        }

        var (end, old) = (offset + length, (await StatusAsync(open.Node, request.Token).ConfigureAwait(false)).LengthBytes);
        if ((mode & (FallocatePunch | FallocateZero)) != 0)
        {
            for (var at = offset; at < Math.Min(end, old); at += Nul.Length)
            {
                open.MarkDirty();
                await open.File.WriteAsync(at, Nul.AsMemory(0, (int)Math.Min(Nul.Length, Math.Min(end, old) - at)), options.IsSync, request.Token).ConfigureAwait(false);
            }
        }

        // By appending: setting the length would cut off what others have appended meanwhile.
        for (var at = (mode & FallocateKeepSize) != 0 ? end : old; at < end; at += Nul.Length)
        {
            open.MarkDirty();
            await open.File.AppendAsync(Nul.AsMemory(0, (int)Math.Min(Nul.Length, end - at)), options.IsSync, request.Token).ConfigureAwait(false);
        }

        open.MarkDirty();
        request.Answer(0);
    }

    private async Task CopyRangeAsync(FuseRequest request)
    {
        var body = request.Body;
        var (from, at, to, target) = (_files.Find(Wire.U64(body.Span, 0)), Wire.I64(body.Span, 8), _files.Find(Wire.U64(body.Span, 24)), Wire.I64(body.Span, 32));
        var left = (long)Math.Min(Wire.U64(body.Span, 40), (ulong)MostCopied);
        if (from is null || to is null)
        {
            request.Answer(Errno.BadFile);
            return;
        }

        await DrainAsync(from.Node, sync: false).ConfigureAwait(false);
        await DrainAsync(to.Node, sync: false).ConfigureAwait(false);
        var buffer = ArrayPool<byte>.Shared.Rent((int)Math.Min(left, Wire.MaxWriteBytes));
        var copied = 0;
        try
        {
            while (left > 0)
            {
                var read = await from.File.ReadAsync(at, buffer.AsMemory(0, (int)Math.Min(left, buffer.Length)), request.Token).ConfigureAwait(false);
                if (read == 0)
                {
                    break;
                }

                to.MarkDirty();
                await to.File.WriteAsync(target, buffer.AsMemory(0, read), options.IsSync, request.Token).ConfigureAwait(false);
                to.MarkDirty();
                (at, target, left, copied) = (at + read, target + read, left - read, copied + read);
            }
        }
        catch (DfsException) when (copied > 0)
        {
            // What is there counts; the next piece says what is wrong.
            AnswerWritten(request, copied);
            return;
        }

        // Not given back when it fails: a piece of it may still be on its way.
        ArrayPool<byte>.Shared.Return(buffer);
        AnswerWritten(request, copied);
    }

    // Places without a chunk are holes, and so is everything behind the end; what is in a chunk counts as data.
    private async Task SeekAsync(FuseRequest request)
    {
        var (offset, wantsData) = (Wire.I64(request.Body.Span, 8), Wire.U32(request.Body.Span, 16) == SeekData);
        var status = await StatusAsync(request.Node, request.Token).ConfigureAwait(false);
        if (offset < 0 || offset >= status.LengthBytes)
        {
            request.Answer(Errno.NoDevice);
            return;
        }

        var chunkBytes = status.Layout.ChunkSizeBytes;
        var index = await NextPlaceAsync(request, (int)(offset / chunkBytes), (int)((status.LengthBytes - 1) / chunkBytes), wantsData).ConfigureAwait(false);
        var found = index < 0 ? status.LengthBytes : Math.Max(offset, (long)index * chunkBytes);
        if (wantsData && index < 0)
        {
            request.Answer(Errno.NoDevice);
            return;
        }

        Put(request, found);

        static void Put(FuseRequest request, long found)
        {
            Span<byte> answer = stackalloc byte[Wire.SeekOut];
            Wire.Put(answer, 0, found);
            request.Answer(answer);
        }
    }

    // The first place from one on that has a chunk, or has none; -1 for none up to the last.
    private async Task<int> NextPlaceAsync(FuseRequest request, int index, int last, bool wantsData)
    {
        while (index <= last)
        {
            var page = await tree.AskAsync<MetaProtocol.ChunksReply>(
                new MetaProtocol.GetChunks(PathRef.Of(request.Node), index, ChunkPage), request.Token).ConfigureAwait(false);
            foreach (var chunk in page.Chunks)
            {
                if ((chunk.Chunk != ChunkId.None) == wantsData && chunk.Index <= last)
                {
                    return chunk.Index;
                }
            }

            if (page.Chunks.Count == 0)
            {
                // Nothing was ever written from here on.
                return wantsData ? -1 : index;
            }

            index = page.Chunks[^1].Index + 1;
        }

        return -1;
    }
}
