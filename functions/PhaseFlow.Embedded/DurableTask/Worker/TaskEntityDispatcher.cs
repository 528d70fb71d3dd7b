using Microsoft.DurableTask.Entities;
using Microsoft.Extensions.DependencyInjection;

namespace Microsoft.Azure.Functions.Worker;

/// <summary>Hands the operation that triggered an entity function to the entity.</summary>
public sealed class TaskEntityDispatcher
{
    private readonly TaskEntityOperation _operation;
    private readonly IServiceProvider _services;

    internal TaskEntityDispatcher(TaskEntityOperation operation, IServiceProvider services)
    {
        _operation = operation;
        _services = services;
    }

    internal object? Result { get; private set; }

    /// <summary>Makes a <typeparamref name="T"/> with the services it asks for and lets it carry out the operation.</summary>
    public Task DispatchAsync<T>()
        where T : class, ITaskEntity => DispatchAsync(EntityFactory<T>.Create(_services));

    public Task DispatchAsync(ITaskEntity entity)
    {
        ArgumentNullException.ThrowIfNull(entity);
        ValueTask<object?> running = entity.RunAsync(_operation);
        if (!running.IsCompletedSuccessfully)
        {
            return Finish(running);
        }

        Result = running.Result;
        return Task.CompletedTask;
    }

    private async Task Finish(ValueTask<object?> running) => Result = await running;

    private static class EntityFactory<T>
    {
        private static readonly ObjectFactory<T> Factory = ActivatorUtilities.CreateFactory<T>([]);

        public static T Create(IServiceProvider services) => Factory(services, null);
    }
}
