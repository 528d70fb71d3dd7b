using Microsoft.Data.Sqlite;
using PhaseFlow.Embedded.Storage;

namespace PhaseFlow.Functions.Tests.Storage;

/// <content>What is written together: company, what follows, what is undone alone.</content>
public sealed partial class SqliteDatabaseTests
{
    [Fact]
    public async Task WriteAsync_WhenManyWorksAreQueued_CommitsThemTogether()
    {
        await using SqliteDatabase database = Open();
        using var gate = new ManualResetEventSlim();
        Task<int> first = database.WriteAsync(s =>
        {
            gate.Wait();
            return Insert(s, 0);
        });

        Task<int>[] rest = [.. Enumerable.Range(1, 50).Select(i => database.WriteAsync(s => Insert(s, i)))];
        gate.Set();
        await Task.WhenAll([first, .. rest]);

        Assert.Equal(51, await CountAsync(database));
        Assert.True(database.Commits <= 3, $"{database.Commits} commits");
    }

    [Fact]
    public async Task WriteAsync_WhenItCanWaitAndNobodyComes_IsWrittenAllTheSame()
    {
        await using SqliteDatabase database = Open();

        await database.WriteAsync(s => Insert(s, 1), canWait: true, written: null, CancellationToken.None);

        Assert.Equal(1, await CountAsync(database));
    }

    [Fact]
    public async Task WriteAsync_WhenSomethingUrgentComesAfterWhatCanWait_WritesBothInTheirOrder()
    {
        await using SqliteDatabase database = Open();
        Task<int> waiting = database.WriteAsync(s => Insert(s, 1), canWait: true, written: null, CancellationToken.None);

        await database.WriteAsync(s => s.Execute("UPDATE numbers SET text = 'seen'"));

        Assert.True(waiting.IsCompleted);
        Assert.Equal("seen", await database.ReadAsync(s => s.QueryFirst("SELECT text FROM numbers", r => r.GetString(0))));
    }

    [Fact]
    public async Task WriteAsync_WhileItWaitsForCompany_IsInTheTransactionAndNotYetOnDisk()
    {
        await using SqliteDatabase database = Open(patience: TimeSpan.FromMinutes(10));
        var written = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task<int> waiting = database.WriteAsync(s => Insert(s, 1), canWait: true, _ => !written.TrySetResult(), CancellationToken.None);
        await written.Task.WaitAsync(TimeSpan.FromMinutes(2));
        Assert.Equal((false, 0, 0L), (waiting.IsCompleted, await CountAsync(database), database.Commits));

        await database.WriteAsync(s => Insert(s, 2));

        Assert.Equal((true, 2, 1L), (waiting.IsCompleted, await CountAsync(database), database.Commits));
    }

    [Fact]
    public async Task WriteAsync_WhileItWaitsForCompanyAndThatThrows_IsUndoneAndWrittenAgainAndToldOnce()
    {
        await using SqliteDatabase database = Open(patience: TimeSpan.FromMinutes(10));
        int told = 0;
        int ran = 0;
        var written = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task<int> waiting = database.WriteAsync(
            s =>
            {
                ran++;
                return Insert(s, 1);
            },
            canWait: true,
            _ =>
            {
                told++;
                return !written.TrySetResult();
            },
            CancellationToken.None);
        await written.Task.WaitAsync(TimeSpan.FromMinutes(2));

        await Assert.ThrowsAsync<SqliteException>(() => database.WriteAsync(s => Insert(s, 1)));

        Assert.Equal(1, await waiting);
        Assert.Equal((2, 1, 1), (ran, told, await CountAsync(database)));
    }

    [Fact]
    public async Task WriteAsync_WhenToldAndThenCancelledAndANeighbourThrows_IsWrittenAllTheSame()
    {
        await using SqliteDatabase database = Open(patience: TimeSpan.FromMinutes(10));
        using var cancelled = new CancellationTokenSource();
        var told = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task<int> command = database.WriteAsync(s => Insert(s, 1), canWait: false, _ => told.TrySetResult(), cancelled.Token);
        await told.Task.WaitAsync(TimeSpan.FromMinutes(2));
        await cancelled.CancelAsync();

        await Assert.ThrowsAsync<SqliteException>(() => database.WriteAsync(s => Insert(s, 1)));

        Assert.Equal((1, 1), (await command, await CountAsync(database)));
    }

    [Fact]
    public async Task WriteAsync_WhenWhatCanWaitKeepsComing_WaitsNoLongerThanItsPatience()
    {
        await using SqliteDatabase database = Open(patience: TimeSpan.Zero);
        Task<long> second = Task.FromResult(0L);

        await database.WriteAsync(
            s => Insert(s, 1),
            canWait: true,
            _ =>
            {
                second = database.WriteAsync(s => database.Commits, canWait: true, written: null, CancellationToken.None);
                return false;
            },
            CancellationToken.None);

        Assert.Equal(1, await second);
    }

    [Fact]
    public async Task Defer_WhileTheWriterTellsOfSeveral_ComesOnceAfterAllOfThem()
    {
        await using SqliteDatabase database = Open();
        using var gate = new ManualResetEventSlim();
        var log = new List<string>();
        Action turn = () => log.Add($"turn {database.Defer(() => log.Add("never"))}");
        Task<int> first = database.WriteAsync(s =>
        {
            gate.Wait();
            return 0;
        });
        Task<int>[] told = [.. Enumerable.Range(1, 3).Select(n => database.WriteAsync(s => Insert(s, n), canWait: false, _ => Tell(n), CancellationToken.None))];
        bool outside = database.Defer(turn);
        gate.Set();

        await Task.WhenAll([first, .. told]);

        Assert.False(outside);
        Assert.Equal(["told 1 True", "told 2 True", "told 3 True", "turn False"], log);

        bool Tell(int n)
        {
            log.Add($"told {n} {database.Defer(turn)}");
            return false;
        }
    }

    [Fact]
    public async Task WriteAsync_WhenOneWorkThrows_UndoesOnlyThatOne()
    {
        await using SqliteDatabase database = Open();
        using var gate = new ManualResetEventSlim();
        Task<int> first = database.WriteAsync(s =>
        {
            gate.Wait();
            return Insert(s, 1);
        });
        Task<int> failing = database.WriteAsync<int>(s =>
        {
            Insert(s, 2);
            throw new InvalidOperationException("no");
        });
        Task<int> repeated = database.WriteAsync(s => Insert(s, 1));
        Task<int> last = database.WriteAsync(s => Insert(s, 3));
        gate.Set();

        await Task.WhenAll(first, last);
        Assert.Equal("no", (await Assert.ThrowsAsync<InvalidOperationException>(() => failing)).Message);
        Assert.Equal(19, (await Assert.ThrowsAsync<SqliteException>(() => repeated)).SqliteErrorCode);
        Assert.Equal([1, 3], await database.ReadAsync(s => s.Query("SELECT n FROM numbers ORDER BY n", r => r.GetInt32(0))));
    }

    [Fact]
    public async Task WriteAsync_WhenAnotherFollowsFromIt_WritesBothWithOneCommit()
    {
        await using SqliteDatabase database = Open(patience: TimeSpan.FromMinutes(10));
        Task<int> following = Task.FromResult(0);

        await database.WriteAsync(
            s => Insert(s, 1),
            canWait: false,
            _ =>
            {
                following = Task.Run(() => database.WriteAsync(s => s.Execute("UPDATE numbers SET text = 'seen'")));
                return true;
            },
            CancellationToken.None);

        Assert.Equal(1, await following);
        Assert.Equal(1, database.Commits);
    }

    [Fact]
    public async Task WriteAsync_WhenWhatFollowsDoesNotCome_IsWrittenAllTheSame()
    {
        await using SqliteDatabase database = Open();

        await database.WriteAsync(s => Insert(s, 1), canWait: false, _ => true, CancellationToken.None);

        Assert.Equal(1, await CountAsync(database));
    }

    [Fact]
    public async Task WriteAsync_WhenWhatFollowsThrows_IsToldOnceAndKept()
    {
        await using SqliteDatabase database = Open();
        int told = 0;
        Task failing = Task.CompletedTask;

        await database.WriteAsync(
            s => Insert(s, 1),
            canWait: false,
            _ =>
            {
                told++;
                failing = database.WriteAsync(s => Insert(s, 1));
                return true;
            },
            CancellationToken.None);

        Assert.Equal(19, (await Assert.ThrowsAsync<SqliteException>(() => failing)).SqliteErrorCode);
        Assert.Equal((1, 1), (told, await CountAsync(database)));
    }

    [Fact]
    public async Task WriteAsync_WhenItThrows_IsNotToldAsWritten()
    {
        await using SqliteDatabase database = Open();
        await database.WriteAsync(s => Insert(s, 1));
        bool told = false;

        await Assert.ThrowsAsync<SqliteException>(() => database.WriteAsync(s => Insert(s, 1), canWait: false, _ => told = true, CancellationToken.None));

        Assert.False(told);
    }

    [Fact]
    public async Task WriteAsync_WhenCancelledBeforeItBegins_DoesNothing()
    {
        await using SqliteDatabase database = Open();
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => database.WriteAsync(s => Insert(s, 1), cancelled.Token));
        Assert.Equal(0, await CountAsync(database));
    }
}
