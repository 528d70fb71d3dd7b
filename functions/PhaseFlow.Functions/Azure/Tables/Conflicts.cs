using Azure;

namespace PhaseFlow.Functions.Azure.Tables;

/// <summary>Tries a read and a conditional write again while somebody else writes the same rows.</summary>
internal static class Conflicts
{
    private const int MaxTries = 40;
    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(250);

    /// <exception cref="RequestFailedException">Others wrote first every time, or the service failed.</exception>
    public static async Task<T> RetryAsync<T>(Func<Task<T>> work, TimeProvider time, CancellationToken cancellation)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                return await work();
            }
            catch (RequestFailedException fault) when (IsConflict(fault) && attempt < MaxTries)
            {
                // Jitter, so that those who met once do not meet again.
                double wait = Math.Min(Longest.TotalMilliseconds, First.TotalMilliseconds * Math.Pow(2, attempt - 1));
                await Task.Delay(TimeSpan.FromMilliseconds(wait * (0.5 + Random.Shared.NextDouble())), time, cancellation);
            }
        }
    }

    /// <summary>Whether a row was changed, added or removed since it was read.</summary>
    public static bool IsConflict(RequestFailedException fault) =>
        fault.Status == 412 || IsTaken(fault) || (fault.Status == 404 && fault.ErrorCode == "ResourceNotFound");

    /// <summary>Whether a row to be added is there already.</summary>
    public static bool IsTaken(RequestFailedException fault) => fault.Status == 409 && fault.ErrorCode == "EntityAlreadyExists";
}
