// Ids and seeds of all processes of a simulation, from its seed.

using System.Buffers.Binary;
using Akka.Embedded.Simulation;
using AkkaDfs.Shared;

namespace AkkaDfs.Simulation.Trace;

internal sealed class SimulatedSurroundings(DeterministicRandom random) : Surroundings
{
    protected override Guid DrawId()
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, random.NextUInt64());
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[8..], random.NextUInt64());
        return new Guid(bytes);
    }

    protected override ulong DrawSeed() => random.NextUInt64();
}
