using System.Runtime.InteropServices;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace PhaseFlow.Embedded.Storage;

/// <summary>Runs statements on one connection within the transaction at hand. Statements are prepared once per connection and SQL text.</summary>
/// <remarks>
/// Parameters are positional: <c>?1</c>, <c>?2</c>, …. They may be null, string, int, long, bool (0 or 1), double, <c>byte[]</c> (a blob) or
/// <c>ReadOnlyMemory&lt;byte&gt;</c> (UTF-8 text). SQL text should be constant: the cache is by text.
/// </remarks>
internal sealed class SqliteSession : IDisposable
{
    private const int MaxCached = 512;

    private readonly SqliteConnection _connection;
    private readonly sqlite3 _handle;
    private readonly Dictionary<string, sqlite3_stmt> _statements = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SqliteCommand> _queries = new(StringComparer.Ordinal);

    public SqliteSession(SqliteConnection connection)
    {
        _connection = connection;
        _handle = connection.Handle!;
    }

    /// <summary>How many statements have been executed: a measure of what was written.</summary>
    internal long Executed { get; private set; }

    /// <summary>False once SQLite has given up the transaction by itself, as it does when the disk is full.</summary>
    internal bool InTransaction => raw.sqlite3_get_autocommit(_handle) == 0;

    /// <summary>True where the file could only be opened for reading; to begin a transaction tells nothing of that.</summary>
    internal bool IsReadOnly => raw.sqlite3_db_readonly(_handle, "main") == 1;

    /// <summary>Runs a statement and gives the number of rows it changed.</summary>
    public int Execute(string sql, params ReadOnlySpan<object?> args)
    {
        sqlite3_stmt statement = Prepare(sql);
        try
        {
            for (int i = 0; i < args.Length; i++)
            {
                Check(Bind(statement, i + 1, args[i]));
            }

            int rc;
            do
            {
                rc = raw.sqlite3_step(statement);
            }
            while (rc == raw.SQLITE_ROW);

            if (rc != raw.SQLITE_DONE)
            {
                Check(rc);
            }

            Executed++;
            return raw.sqlite3_changes(_handle);
        }
        finally
        {
            // Reset repeats the error of the step, which has been thrown already.
            _ = raw.sqlite3_reset(statement);
            _ = raw.sqlite3_clear_bindings(statement);
        }
    }

    /// <summary>Gives the first row, mapped, or the default when there is none.</summary>
    public T? QueryFirst<T>(string sql, Func<SqliteDataReader, T> map, params ReadOnlySpan<object?> args)
    {
        using SqliteDataReader reader = Command(sql, args).ExecuteReader();
        return reader.Read() ? map(reader) : default;
    }

    /// <summary>Gives all rows, mapped.</summary>
    public List<T> Query<T>(string sql, Func<SqliteDataReader, T> map, params ReadOnlySpan<object?> args)
    {
        using SqliteDataReader reader = Command(sql, args).ExecuteReader();
        var rows = new List<T>();
        while (reader.Read())
        {
            rows.Add(map(reader));
        }

        return rows;
    }

    public void Dispose()
    {
        Forget();
        _connection.Dispose();
    }

    /// <summary>Runs several statements, without parameters and without caching.</summary>
    internal void ExecuteScript(string script) => Check(raw.sqlite3_exec(_handle, script));

    private static int Bind(sqlite3_stmt statement, int index, object? value) => value switch
    {
        null => raw.sqlite3_bind_null(statement, index),
        string text => raw.sqlite3_bind_text(statement, index, text),
        long number => raw.sqlite3_bind_int64(statement, index, number),
        int number => raw.sqlite3_bind_int64(statement, index, number),
        bool flag => raw.sqlite3_bind_int64(statement, index, flag ? 1 : 0),
        double number => raw.sqlite3_bind_double(statement, index, number),
        byte[] blob => raw.sqlite3_bind_blob(statement, index, blob),
        ReadOnlyMemory<byte> utf8 => raw.sqlite3_bind_text(statement, index, utf8.Span),
        _ => throw new ArgumentException($"A parameter of type {value.GetType()} cannot be bound."),
    };

    private static object Parameter(object? value) => value switch
    {
        null => DBNull.Value,
        bool flag => flag ? 1L : 0L,
        ReadOnlyMemory<byte> utf8 => System.Text.Encoding.UTF8.GetString(utf8.Span),
        _ => value,
    };

    private sqlite3_stmt Prepare(string sql)
    {
        ref sqlite3_stmt? cached = ref CollectionsMarshal.GetValueRefOrNullRef(_statements, sql)!;
        if (!System.Runtime.CompilerServices.Unsafe.IsNullRef(ref cached))
        {
            return cached;
        }

        Check(raw.sqlite3_prepare_v2(_handle, sql, out sqlite3_stmt statement));
        MakeRoom();
        _statements.Add(sql, statement);
        return statement;
    }

    private SqliteCommand Command(string sql, ReadOnlySpan<object?> args)
    {
        if (!_queries.TryGetValue(sql, out SqliteCommand? command))
        {
            MakeRoom();
#pragma warning disable CA2100 // The text comes from the caller's constants; values travel as parameters.
            command = new SqliteCommand(sql, _connection);
#pragma warning restore CA2100
            for (int i = 0; i < args.Length; i++)
            {
                command.Parameters.Add(new SqliteParameter { ParameterName = "?" + (i + 1) });
            }

            _queries.Add(sql, command);
        }

        for (int i = 0; i < args.Length; i++)
        {
            command.Parameters[i].Value = Parameter(args[i]);
        }

        return command;
    }

    private void MakeRoom()
    {
        if (_statements.Count + _queries.Count >= MaxCached)
        {
            Forget();
        }
    }

    private void Forget()
    {
        foreach (sqlite3_stmt statement in _statements.Values)
        {
            statement.Dispose();
        }

        foreach (SqliteCommand command in _queries.Values)
        {
            command.Dispose();
        }

        _statements.Clear();
        _queries.Clear();
    }

    private void Check(int rc) => SqliteException.ThrowExceptionForRC(rc, _handle);
}
