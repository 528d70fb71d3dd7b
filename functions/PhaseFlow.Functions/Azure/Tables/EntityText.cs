using System.Globalization;
using System.IO.Compression;
using System.Text;
using Azure.Data.Tables;

namespace PhaseFlow.Functions.Azure.Tables;

/// <summary>Texts of any length in the columns of an entity.</summary>
/// <remarks>
/// A column holds 64 KiB, an entity 1 MiB. A text that fits is the string <c>Name</c>. A longer one is compressed UTF-8 in <c>Name0</c>, <c>Name1</c>, …,
/// and <c>NameParts</c> says how many there are: a merge leaves the columns of a longer text behind, the count hides them.
/// </remarks>
internal static class EntityText
{
    private const int MaxString = 30_000;
    private const int MaxBytes = 60_000;

    /// <summary>Sets the columns of a text; none where it is null.</summary>
    public static void SetText(this TableEntity entity, string name, string? text)
    {
        if (text is null)
        {
            return;
        }

        int parts = 0;
        if (text.Length <= MaxString)
        {
            entity[name] = text;
        }
        else
        {
            foreach (byte[] part in Compress(text).Chunk(MaxBytes))
            {
                entity[Part(name, parts++)] = part;
            }
        }

        entity[name + "Parts"] = parts;
    }

    /// <summary>The text, or null where it was never set.</summary>
    public static string? Text(this TableEntity entity, string name) => entity.GetInt32(name + "Parts") switch
    {
        null => null,
        0 => entity.GetString(name),
        { } parts => Decompress(Enumerable.Range(0, parts).Select(i => entity.GetBinary(Part(name, i)))),
    };

    public static string RequiredText(this TableEntity entity, string name) =>
        entity.Text(name) ?? throw new InvalidDataException($"{entity.PartitionKey} {entity.RowKey} has no {name}.");

    public static T Name<T>(this TableEntity entity, string name)
        where T : struct, Enum => Enum.Parse<T>(entity.GetString(name));

    private static string Part(string name, int part) => name + part.ToString(CultureInfo.InvariantCulture);

    private static byte[] Compress(string text)
    {
        using var bytes = new MemoryStream();
        using (var zip = new GZipStream(bytes, CompressionLevel.Fastest))
        {
            zip.Write(Encoding.UTF8.GetBytes(text));
        }

        return bytes.ToArray();
    }

    private static string Decompress(IEnumerable<byte[]> parts)
    {
        using var bytes = new MemoryStream([.. parts.SelectMany(p => p)]);
        using var zip = new GZipStream(bytes, CompressionMode.Decompress);
        using var reader = new StreamReader(zip, Encoding.UTF8);
        return reader.ReadToEnd();
    }
}
