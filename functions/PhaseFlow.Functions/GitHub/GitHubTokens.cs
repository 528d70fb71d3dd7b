using System.Collections.Concurrent;

namespace PhaseFlow.Functions.GitHub;

/// <summary>The tokens that calls are made with: the personal one, or those of the app's installations, each kept until shortly before its end.</summary>
internal sealed class GitHubTokens(GitHubSettings settings, IGitHubAppApi app, TimeProvider time)
{
    /// <summary>A token that ends sooner is replaced: a call under way must not outlive it.</summary>
    public static readonly TimeSpan Margin = TimeSpan.FromMinutes(5);

    private readonly ConcurrentDictionary<string, Holder> _holders = new(StringComparer.OrdinalIgnoreCase);

    public async Task<string> TokenForAsync(RepositoryName repository)
    {
        if (settings.Token is { } personal)
        {
            return personal;
        }

        Holder holder = HolderOf(repository);
        await holder.Turn.WaitAsync();
        try
        {
            if (holder.Token is not { } token || token.ExpiresAt - time.GetUtcNow() < Margin)
            {
                holder.Installation ??= settings.App!.Installation ?? await FindAsync(repository);
                holder.Token = await app.CreateTokenAsync(holder.Installation.Value);
            }

            return holder.Token.Token;
        }
        finally
        {
            holder.Turn.Release();
        }
    }

    /// <summary>A token that GitHub does not accept any more is not used again, nor is the installation that it was for.</summary>
    public void Forget(RepositoryName repository) => _holders.TryRemove(KeyOf(repository), out _);

    private Holder HolderOf(RepositoryName repository) => _holders.GetOrAdd(KeyOf(repository), _ => new Holder());

    // An app is installed once for an owner.
    private string KeyOf(RepositoryName repository) => settings.App?.Installation is null ? repository.Owner : "";

    private async Task<long> FindAsync(RepositoryName repository)
    {
        try
        {
            return await app.FindInstallationAsync(repository);
        }
        catch (GitHubAnswerException answer) when (answer.Status == 404)
        {
            throw new GitHubException($"The GitHub App is not installed for {repository}", answer) { IsRefusal = true };
        }
    }

    private sealed class Holder
    {
        public SemaphoreSlim Turn { get; } = new(1);

        public long? Installation { get; set; }

        public InstallationToken? Token { get; set; }
    }
}
