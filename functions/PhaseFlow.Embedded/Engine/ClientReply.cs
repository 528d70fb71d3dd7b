namespace PhaseFlow.Embedded.Engine;

/// <summary>The answer to a client call: decided when the call is processed, released when what it rests on is on disk.</summary>
internal sealed class ClientReply
{
    private readonly TaskCompletionSource<int> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Exception? _error;

    public Task<int> Task => _done.Task;

    /// <summary>How many instances the call has removed.</summary>
    public int Count { get; set; }

    public void Refuse(Exception error) => _error = error;

    public void Release()
    {
        if (_error is null)
        {
            _done.TrySetResult(Count);
        }
        else
        {
            _done.TrySetException(_error);
        }
    }

    /// <summary>Ends the call when the engine cannot go on.</summary>
    public void Abort(Exception error) => _done.TrySetException(error);
}
