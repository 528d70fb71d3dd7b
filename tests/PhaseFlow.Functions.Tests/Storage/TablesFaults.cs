using System.Text;
using Azure;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Data.Tables;

namespace PhaseFlow.Functions.Tests.Storage;

/// <summary>Cuts a process off from its table service: every write from a certain one on fails, as if the process had ended before it.</summary>
internal sealed class TablesFaults : HttpPipelineSynchronousPolicy
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

    public override void OnSendingRequest(HttpMessage message)
    {
        bool isWrite = message.Request.Method != RequestMethod.Get;
        if (isWrite && IsTo(_table, message.Request) && Interlocked.Decrement(ref _left) < 0)
        {
            throw new RequestFailedException(500, "The process has ended.");
        }
    }

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
