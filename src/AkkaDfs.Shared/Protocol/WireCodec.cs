// One row of the serializer's table: which record, under which manifest, and how it becomes protobuf and back.

using Google.Protobuf;

namespace AkkaDfs.Shared.Protocol;

internal sealed record WireCodec(string Manifest, Type Record, Func<object, IMessage> Encode, Func<byte[], object> Decode)
{
    internal static WireCodec For<TRecord, TWire>(
        string manifest,
        MessageParser<TWire> parser,
        Func<TRecord, TWire> encode,
        Func<TWire, TRecord> decode)
        where TRecord : class
        where TWire : IMessage<TWire>
        => new(manifest, typeof(TRecord), record => encode((TRecord)record), bytes => decode(parser.ParseFrom(bytes)));
}
