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

    public SqliteSession(SqliteConnection connection)
    {
        _connection = connection;
        _handle = connection.Handle!;
    }

    /// <summary>How many statements that change something have been executed: a measure of what was written.</summary>
    internal long Executed { get; private set; }

    /// <summary>The row id that was given last, to a row of a table that has them.</summary>
    internal long LastRowId => raw.sqlite3_last_insert_rowid(_handle);

    /// <summary>False once SQLite has given up the transaction by itself, as it does when the disk is full.</summary>
    internal bool InTransaction => raw.sqlite3_get_autocommit(_handle) == 0;

    /// <summary>True where the file could only be opened for reading; to begin a transaction tells nothing of that.</summary>
    internal bool IsReadOnly => raw.sqlite3_db_readonly(_handle, "main") == 1;

    /// <summary>Runs a statement and gives the number of rows it changed.</summary>
    public int Execute(string sql, params ReadOnlySpan<object?> args)
    {
        sqlite3_stmt statement = Bound(sql, args);
        try
        {
            Finish(statement);
            return raw.sqlite3_changes(_handle);
        }
        finally
        {
            Release(statement);
        }
    }

    /// <summary>Gives the first row, mapped, or the default when there is none. The statement runs to its end, and changes all that it changes.</summary>
    public T? QueryFirst<T>(string sql, Func<SqliteRow, T> map, params ReadOnlySpan<object?> args)
    {
        sqlite3_stmt statement = Bound(sql, args);
        try
        {
            if (!Step(statement))
            {
                return default;
            }

            T first = map(new SqliteRow(statement));
            if (raw.sqlite3_stmt_readonly(statement) == 0)
            {
                Finish(statement);
            }

            return first;
        }
        finally
        {
            Release(statement);
        }
    }

    /// <summary>Gives all rows, mapped.</summary>
    public List<T> Query<T>(string sql, Func<SqliteRow, T> map, params ReadOnlySpan<object?> args)
    {
        sqlite3_stmt statement = Bound(sql, args);
        try
        {
            var rows = new List<T>();
            while (Step(statement))
            {
                rows.Add(map(new SqliteRow(statement)));
            }

            return rows;
        }
        finally
        {
            Release(statement);
        }
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

    private static void Release(sqlite3_stmt statement)
    {
        // Reset repeats the error of the step, which has been thrown already.
        _ = raw.sqlite3_reset(statement);
        _ = raw.sqlite3_clear_bindings(statement);
    }

    private sqlite3_stmt Bound(string sql, ReadOnlySpan<object?> args)
    {
        sqlite3_stmt statement = Prepare(sql);
        for (int i = 0; i < args.Length; i++)
        {
            Check(Bind(statement, i + 1, args[i]));
        }

        return statement;
    }

    /// <summary>True at a row, false at the end.</summary>
    private bool Step(sqlite3_stmt statement)
    {
        int rc = raw.sqlite3_step(statement);
        if (rc is not (raw.SQLITE_ROW or raw.SQLITE_DONE))
        {
            Check(rc);
        }

        return rc == raw.SQLITE_ROW;
    }

    private void Finish(sqlite3_stmt statement)
    {
        while (Step(statement))
        {
        }

        Executed++;
    }

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

    private void MakeRoom()
    {
        if (_statements.Count >= MaxCached)
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

        _statements.Clear();
    }

    private void Check(int rc) => SqliteException.ThrowExceptionForRC(rc, _handle);
}
