using System.Buffers.Binary;
using System.Text;

namespace PhaseFlow.Functions.Tests.Telemetry;

/// <summary>A message of protobuf, read by the numbers of its fields.</summary>
internal sealed class Protobuf
{
    private readonly List<(int Number, ReadOnlyMemory<byte> Value)> _fields = [];

    private Protobuf(ReadOnlyMemory<byte> bytes)
    {
        int at = 0;
        while (at < bytes.Length)
        {
            ulong key = Varint(bytes.Span, ref at);
            int length = (key & 7) switch
            {
                0 => VarintLength(bytes.Span, at),
                1 => 8,
                2 => checked((int)Varint(bytes.Span, ref at)),
                5 => 4,
                _ => throw new InvalidDataException("This is no protobuf."),
            };
            _fields.Add(((int)(key >> 3), bytes.Slice(at, length)));
            at += length;
        }
    }

    public static Protobuf Of(byte[] bytes) => new(bytes);

    public IEnumerable<Protobuf> Messages(params int[] path) => path.Length == 0 ? [this] : Fields(path[0]).SelectMany(f => new Protobuf(f).Messages(path[1..]));

    public string Text(int number) => Encoding.UTF8.GetString(Fields(number).FirstOrDefault().Span);

    public string Hex(int number) => Convert.ToHexStringLower(Fields(number).FirstOrDefault().Span);

    public ulong Fixed64(int number) => BinaryPrimitives.ReadUInt64LittleEndian(Fields(number).Single().Span);

    private static int VarintLength(ReadOnlySpan<byte> bytes, int at)
    {
        int end = at;
        Varint(bytes, ref end);
        return end - at;
    }

    private static ulong Varint(ReadOnlySpan<byte> bytes, ref int at)
    {
        ulong value = 0;
        int shift = 0;
        byte next;
        do
        {
            next = bytes[at++];
            value |= (ulong)(next & 0x7F) << shift;
            shift += 7;
        }
        while (next >= 0x80);
        return value;
    }

    private IEnumerable<ReadOnlyMemory<byte>> Fields(int number) => _fields.Where(f => f.Number == number).Select(f => f.Value);
}
