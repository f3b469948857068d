// The kernel's structures, byte by byte: offsets as in include/uapi/linux/fuse.h.

using System.Buffers.Binary;
using AkkaDfs.Fuse.Protocol;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Fuse.Tests.Protocol;

public sealed class WireTests
{
    private static readonly FileStatus File = new()
    {
        Inode = new InodeId(77),
        Kind = NodeKind.File,
        Mode = 0x81A4,
        Uid = 1000,
        Gid = 100,
        LinkCount = 3,
        LengthBytes = 1025,
        AccessedUnixNs = 5_000_000_006,
        ModifiedUnixNs = -1,
        ChangedUnixNs = 7_000_000_008,
        Device = 9,
    };

    [Fact]
    public void Attributes_stand_where_the_kernel_looks()
    {
        var bytes = new byte[Wire.Attributes];
        AttributeWire.Put(bytes, File);
        Assert.Equal(77UL, U64(bytes, 0));
        Assert.Equal(1025UL, U64(bytes, 8));
        Assert.Equal(3UL, U64(bytes, 16));
        Assert.Equal(5UL, U64(bytes, 24));
        Assert.Equal(-1L, (long)U64(bytes, 32));
        Assert.Equal(7UL, U64(bytes, 40));
        Assert.Equal([6u, 999_999_999u, 8u, 0x81A4u, 3u, 1000u, 100u, 9u, 4096u, 0u], Enumerable.Range(0, 10).Select(i => U32(bytes, 48 + (4 * i))));
    }

    [Fact]
    public void A_time_before_1970_is_read_back_as_it_was_written()
        => Assert.Equal(-1L, AttributeWire.UnixNs(-1, 999_999_999));

    [Fact]
    public void An_entry_has_times_of_validity_before_the_attributes()
    {
        var bytes = new byte[Wire.EntryOut];
        AttributeWire.PutEntry(bytes, File, TimeSpan.FromSeconds(1.5), TimeSpan.FromSeconds(2.25));
        Assert.Equal([77UL, 0UL, 1UL, 2UL], Enumerable.Range(0, 4).Select(i => U64(bytes, 8 * i)));
        Assert.Equal([500_000_000u, 250_000_000u], new[] { U32(bytes, 32), U32(bytes, 36) });
        Assert.Equal(77UL, U64(bytes, 40));
        var attributes = new byte[Wire.AttributesOut];
        AttributeWire.PutAttributes(attributes, File, TimeSpan.FromSeconds(2.25));
        Assert.Equal((2UL, 250_000_000u, 77UL), (U64(attributes, 0), U32(attributes, 8), U64(attributes, 16)));
    }

    [Fact]
    public void The_length_of_a_link_is_that_of_its_target_in_bytes()
    {
        var bytes = new byte[Wire.Attributes];
        AttributeWire.Put(bytes, File with { Kind = NodeKind.SymbolicLink, LinkTarget = "größe" });
        Assert.Equal(7UL, U64(bytes, 8));
    }

    [Fact]
    public void Entries_of_a_directory_are_padded_to_eight_bytes_and_end_where_they_do_not_fit()
    {
        var bytes = new byte[24 + 8 + 24 + 16 + 10];
        Array.Fill(bytes, (byte)0xEE);
        var writer = new DirectoryWriter(bytes);
        Assert.True(writer.TryAdd(5, 0x41ED, "sub"u8, 1));
        Assert.True(writer.TryAdd(6, 0x81A4, "ninechars"u8, 2));
        Assert.False(writer.TryAdd(7, 0x81A4, "x"u8, 3));
        Assert.Equal(24 + 8 + 24 + 16, writer.Length);
        Assert.Equal((5UL, 1UL, 3u, 4u), (U64(bytes, 0), U64(bytes, 8), U32(bytes, 16), U32(bytes, 20)));
        Assert.Equal("sub\0\0\0\0\0"u8.ToArray(), bytes[24..32]);
        Assert.Equal((6UL, 2UL, 9u, 8u), (U64(bytes, 32), U64(bytes, 40), U32(bytes, 48), U32(bytes, 52)));
        Assert.Equal(0xEE, bytes[writer.Length]);
    }

    [Fact]
    public void An_entry_with_attributes_that_are_not_known_has_no_node()
    {
        var bytes = new byte[2 * (128 + 24 + 8)];
        var writer = new DirectoryWriter(bytes);
        Assert.True(writer.TryAddPlus(File, 77, File.Mode, "a"u8, 1, TimeSpan.Zero, TimeSpan.Zero));
        Assert.True(writer.TryAddPlus(null, 78, File.Mode, "b"u8, 2, TimeSpan.Zero, TimeSpan.Zero));
        Assert.False(writer.TryAddPlus(null, 79, File.Mode, "c"u8, 3, TimeSpan.Zero, TimeSpan.Zero));
        Assert.Equal((77UL, 77UL, 0UL, 78UL), (U64(bytes, 0), U64(bytes, 128), U64(bytes, 160), U64(bytes, 160 + 128)));
    }

    [Fact]
    public void Only_what_both_sides_can_do_is_agreed_on()
    {
        var init = new byte[64];
        BinaryPrimitives.WriteUInt32LittleEndian(init, 7);
        BinaryPrimitives.WriteUInt32LittleEndian(init.AsSpan(4), 45);
        BinaryPrimitives.WriteUInt32LittleEndian(init.AsSpan(12), uint.MaxValue);
        BinaryPrimitives.WriteUInt32LittleEndian(init.AsSpan(16), uint.MaxValue);
        var agreed = Negotiation.With(init);
        var answer = new byte[Wire.InitOut];
        agreed.Write(answer, 131_072);
        Assert.Equal((7u, 41u, 131_072u), (U32(answer, 0), U32(answer, 4), U32(answer, 8)));
        Assert.Equal(1u << 20, U32(answer, 20));
        Assert.Equal(1u, U32(answer, 24));
        Assert.Equal(256, BinaryPrimitives.ReadUInt16LittleEndian(answer.AsSpan(28)));

        // Neither writing back, nor emptying while opening, nor taking set-user bits away is promised.
        const uint NotImplemented = (1u << 16) | (1u << 3) | (1u << 19) | (1u << 28) | (1u << 6);
        Assert.Equal(0u, U32(answer, 12) & NotImplemented);
        Assert.Equal(1u << 4, U32(answer, 32));
        Assert.NotEqual(0UL, Negotiation.With(init).Flags & Negotiation.ReadDirectoryPlus);
    }

    [Fact]
    public void A_kernel_that_is_too_old_is_refused_and_a_newer_major_version_is_told_ours()
    {
        var init = new byte[64];
        init[0] = 7;
        init[4] = 30;
        Assert.Equal(DfsErrorCode.VersionMismatch, Assert.Throws<DfsException>(() => Negotiation.With(init)).Code);
        Assert.False(Negotiation.IsNewerMajor(init));
        init[0] = 8;
        Assert.True(Negotiation.IsNewerMajor(init));
    }

    [Fact]
    public void A_name_without_its_end_is_refused()
    {
        var thrown = Assert.Throws<DfsException>(() =>
        {
            var body = "abc"u8;
            Wire.NextText(ref body);
        });
        Assert.Equal(DfsErrorCode.ProtocolViolation, thrown.Code);
    }

    [Theory]
    [InlineData(DfsErrorCode.FileNotFound, 2)]
    [InlineData(DfsErrorCode.PermissionDenied, 13)]
    [InlineData(DfsErrorCode.NotPermitted, 1)]
    [InlineData(DfsErrorCode.AlreadyExists, 17)]
    [InlineData(DfsErrorCode.NotADirectory, 20)]
    [InlineData(DfsErrorCode.IsADirectory, 21)]
    [InlineData(DfsErrorCode.DirectoryNotEmpty, 39)]
    [InlineData(DfsErrorCode.NameTooLong, 36)]
    [InlineData(DfsErrorCode.InvalidRename, 22)]
    [InlineData(DfsErrorCode.TooManySymbolicLinks, 40)]
    [InlineData(DfsErrorCode.TooManyLinks, 31)]
    [InlineData(DfsErrorCode.NotSupported, 95)]
    [InlineData(DfsErrorCode.AttributeNotFound, 61)]
    [InlineData(DfsErrorCode.QuotaExceeded, 122)]
    [InlineData(DfsErrorCode.DiskFull, 28)]
    [InlineData(DfsErrorCode.FileLocked, 16)]
    [InlineData(DfsErrorCode.LockConflict, 11)]
    [InlineData(DfsErrorCode.WouldDeadlock, 35)]
    [InlineData(DfsErrorCode.NoMetaAvailable, 5)]
    [InlineData(DfsErrorCode.Timeout, 5)]
    [InlineData(DfsErrorCode.OutcomeUnknown, 5)]
    [InlineData(DfsErrorCode.Internal, 5)]
    public void Errors_have_the_numbers_that_programs_know(DfsErrorCode code, int number) => Assert.Equal(number, Errno.Of(code));

    [Fact]
    public void Every_error_has_a_number_that_the_kernel_takes_and_none_that_it_remembers()
        => Assert.All(Enum.GetValues<DfsErrorCode>(), code => Assert.True(Errno.Of(code) is > 0 and < 512 and not Errno.NotKnown));

    private static uint U32(byte[] bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at));

    private static ulong U64(byte[] bytes, int at) => BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(at));
}
