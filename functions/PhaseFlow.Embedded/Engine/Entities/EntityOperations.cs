using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using Microsoft.DurableTask.Entities;
using PhaseFlow.Embedded.Engine.Catalog;

namespace PhaseFlow.Embedded.Engine.Entities;

/// <summary>The operations of an entity type: its public methods by name, without regard to casing.</summary>
internal sealed class EntityOperations
{
    private static readonly ConcurrentDictionary<Type, EntityOperations> Known = new();

    private readonly Dictionary<string, Operation> _operations = new(StringComparer.OrdinalIgnoreCase);

    private EntityOperations(Type type)
    {
        foreach (MethodInfo method in type.GetMethods(BindingFlags.Public | BindingFlags.Instance))
        {
            // What every entity has is not an operation.
            Type declared = method.DeclaringType!;
            bool isBase = declared == typeof(object) || (declared.IsGenericType && declared.GetGenericTypeDefinition() == typeof(TaskEntity<>));
            if (!isBase && !method.IsSpecialName)
            {
                _operations.TryAdd(method.Name, new Operation(method));
            }
        }
    }

    public static EntityOperations Of(Type type) => Known.GetOrAdd(type, t => new EntityOperations(t));

    public bool TryGet(string name, [NotNullWhen(true)] out Operation? operation) => _operations.TryGetValue(name, out operation);

    /// <summary>One operation, with what it takes.</summary>
    internal sealed class Operation
    {
        private readonly MethodInfo _info;
        private readonly MethodInvoker _invoker;
        private readonly MethodResult _result;
        private readonly ParameterInfo[] _parameters;

        public Operation(MethodInfo info)
        {
            _info = info;
            _invoker = MethodInvoker.Create(info);
            _result = MethodResult.Of(info.ReturnType);
            _parameters = info.GetParameters();
        }

        public ValueTask<object?> Invoke(object entity, TaskEntityOperation operation)
        {
            var args = new object?[_parameters.Length];
            bool inputTaken = false;
            for (int i = 0; i < args.Length; i++)
            {
                args[i] = Argument(_parameters[i], operation, ref inputTaken);
            }

            Task task = _result.ToTask(_invoker.Invoke(entity, args.AsSpan()));
            return task.IsCompletedSuccessfully ? new ValueTask<object?>(_result.ValueOf(task)) : new ValueTask<object?>(Wait(task));
        }

        private async Task<object?> Wait(Task task)
        {
            await task;
            return _result.ValueOf(task);
        }

        private object? Argument(ParameterInfo parameter, TaskEntityOperation operation, ref bool inputTaken)
        {
            if (parameter.ParameterType.IsInstanceOfType(operation) && parameter.ParameterType != typeof(object))
            {
                return operation;
            }

            if (parameter.ParameterType == typeof(TaskEntityContext))
            {
                return operation.Context;
            }

            if (inputTaken)
            {
                throw Unbound(operation, parameter, "Only one parameter can take the input.");
            }

            inputTaken = true;
            return operation.HasInput ? operation.GetInput(parameter.ParameterType)
                : parameter.HasDefaultValue ? parameter.DefaultValue
                : throw Unbound(operation, parameter, "The operation expected an input value, but no input was provided by the caller.");
        }

        private InvalidOperationException Unbound(TaskEntityOperation operation, ParameterInfo parameter, string why) => new(
            $"Error dispatching {operation} to '{_info}'.\nThere was an error binding parameter '{parameter}'. {why}");
    }
}
