using System.Text;
using Azure;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Data.Tables;

namespace PhaseFlow.Functions.Tests.Storage;

/// <summary>Stands between a process and its table service: every write from a certain one on fails, as if the process had ended before it.</summary>
internal sealed class TablesFaults : HttpPipelinePolicy
{
    private int _left = int.MaxValue;
    private string _table = "";

    /// <summary>Lets some more writes to the tables of a name pass.</summary>
    public void FailAfter(int writes, string table = "")
    {
        _table = table;
        Volatile.Write(ref _left, writes);
    }

    /// <summary>Whether a write has failed.</summary>
    public bool HasFailed => Volatile.Read(ref _left) < 0;

    /// <summary>Happens once, before the next write is sent: what somebody else does between this process's read and its write.</summary>
    public Func<Task>? Meanwhile { get; set; }

    public override async ValueTask ProcessAsync(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
    {
        if (message.Request.Method != RequestMethod.Get)
        {
            if (IsTo(_table, message.Request) && Interlocked.Decrement(ref _left) < 0)
            {
                throw new RequestFailedException(500, "The process has ended.");
            }

            if (Meanwhile is { } meanwhile)
            {
                Meanwhile = null;
                await meanwhile();
            }
        }

        await ProcessNextAsync(message, pipeline);
    }

    public override void Process(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline) =>
        throw new NotSupportedException("The store is asynchronous.");

    /// <summary>Whether a request is about a table: a transaction says so in its body alone.</summary>
    private static bool IsTo(string table, Request request)
    {
        if (table.Length == 0 || request.Uri.ToString().Contains(table, StringComparison.Ordinal))
        {
            return true;
        }

        using var body = new MemoryStream();
        request.Content?.WriteTo(body, CancellationToken.None);
        return Encoding.UTF8.GetString(body.ToArray()).Contains(table, StringComparison.Ordinal);
    }

    /// <summary>A service whose writes can be made to fail.</summary>
    public TableServiceClient Connect()
    {
        var options = new TableClientOptions();
        options.AddPolicy(this, HttpPipelinePosition.PerCall);
        options.Retry.MaxRetries = 0;
        return new TableServiceClient(TablesAccount.ConnectionString, options);
    }
}
