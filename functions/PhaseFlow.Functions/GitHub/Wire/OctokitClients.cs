using Octokit;

namespace PhaseFlow.Functions.GitHub.Wire;

/// <summary>Makes clients of Octokit, and tells its exceptions in the words of this app.</summary>
internal static class OctokitClients
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    /// <summary>A client that asks for its credentials with each call, and is kept as long as the app.</summary>
    public static GitHubClient Create(GitHubAddress address, Func<Task<Credentials>> credentials)
    {
        // Not the constructor of the client, which takes every other host than github.com for an enterprise server.
        var client = new GitHubClient(new Connection(new ProductHeaderValue("PhaseFlow"), address.Api, new CredentialSource(credentials)));
        client.SetRequestTimeout(Timeout);
        return client;
    }

    /// <summary>Makes a call. What fails is a <see cref="GitHubAnswerException"/>, whatever it was.</summary>
    public static async Task<T> CallAsync<T>(Func<Task<T>> call, CancellationToken cancellation)
    {
        try
        {
            return await call().WaitAsync(cancellation);
        }
        catch (ApiException fault)
        {
            throw new GitHubAnswerException((int)fault.StatusCode, Said(fault), fault.HttpResponse?.Headers);
        }
        catch (HttpRequestException fault)
        {
            throw new GitHubAnswerException(0, fault.Message);
        }
        catch (IOException fault)
        {
            throw new GitHubAnswerException(0, fault.Message);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new GitHubAnswerException(0, $"no answer within {Timeout.TotalSeconds} seconds");
        }
    }

    private static string Said(ApiException fault)
    {
        // The message of Octokit's own exceptions for limits is fixed, and not what GitHub says.
        string said = fault.ApiError?.Message ?? fault.Message;
        ApiErrorDetail? detail = fault.ApiError?.Errors is { Count: > 0 } details ? details[0] : null;
        return detail is null ? said : $"{said}: {detail.Message ?? $"{detail.Resource} {detail.Field} {detail.Code}"}";
    }

    private sealed class CredentialSource(Func<Task<Credentials>> get) : ICredentialStore
    {
        public Task<Credentials> GetCredentials() => get();
    }
}
