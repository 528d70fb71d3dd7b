using SQLitePCL;

namespace PhaseFlow.Embedded.Storage;

/// <summary>The row at which a statement stands, good until the statement goes on. Columns count from 0.</summary>
internal readonly struct SqliteRow(sqlite3_stmt statement)
{
    public bool IsDBNull(int column) => raw.sqlite3_column_type(statement, column) == raw.SQLITE_NULL;

    public long GetInt64(int column) => raw.sqlite3_column_int64(statement, column);

    public int GetInt32(int column) => checked((int)GetInt64(column));

    public bool GetBoolean(int column) => GetInt64(column) != 0;

    /// <exception cref="InvalidDataException">There is none: see <see cref="Text"/>.</exception>
    public string GetString(int column) => Text(column) ?? throw new InvalidDataException($"There is no text in column {column}.");

    public string? Text(int column) => IsDBNull(column) ? null : raw.sqlite3_column_text(statement, column).utf8_to_string();

    /// <summary>A time that is kept as milliseconds since 1970 (UTC).</summary>
    public DateTimeOffset Time(int column) => DateTimeOffset.FromUnixTimeMilliseconds(GetInt64(column));

    public DateTimeOffset? TimeOrNull(int column) => IsDBNull(column) ? null : Time(column);

    /// <summary>A value of an enum that is kept by its name.</summary>
    public T Name<T>(int column)
        where T : struct, Enum => Enum.Parse<T>(GetString(column));
}
