namespace PhaseFlow.Embedded.Engine.Catalog;

/// <summary>Makes one of the ways in which a method can return its value: as a task.</summary>
internal abstract class MethodResult
{
    /// <summary>What a method of the given return type gives.</summary>
    public static MethodResult Of(Type returnType)
    {
        if (returnType == typeof(Task))
        {
            return new PlainTask();
        }

        if (returnType == typeof(ValueTask))
        {
            return new PlainValueTask();
        }

        Type? generic = returnType.IsGenericType ? returnType.GetGenericTypeDefinition() : null;
        Type? adapter = generic == typeof(Task<>) ? typeof(TaskOf<>) : generic == typeof(ValueTask<>) ? typeof(ValueTaskOf<>) : null;
        return adapter is null
            ? new PlainValue()
            : (MethodResult)Activator.CreateInstance(adapter.MakeGenericType(returnType.GetGenericArguments()))!;
    }

    public abstract Task ToTask(object? returned);

    public abstract object? ValueOf(Task task);

    private sealed class PlainValue : MethodResult
    {
        public override Task ToTask(object? returned) => Task.FromResult(returned);

        public override object? ValueOf(Task task) => ((Task<object?>)task).Result;
    }

    private sealed class PlainTask : MethodResult
    {
        public override Task ToTask(object? returned) => (Task)returned!;

        public override object? ValueOf(Task task) => null;
    }

    private sealed class PlainValueTask : MethodResult
    {
        public override Task ToTask(object? returned) => ((ValueTask)returned!).AsTask();

        public override object? ValueOf(Task task) => null;
    }

    private sealed class TaskOf<T> : MethodResult
    {
        public override Task ToTask(object? returned) => (Task<T>)returned!;

        public override object? ValueOf(Task task) => ((Task<T>)task).Result;
    }

    private sealed class ValueTaskOf<T> : MethodResult
    {
        public override Task ToTask(object? returned) => ((ValueTask<T>)returned!).AsTask();

        public override object? ValueOf(Task task) => ((Task<T>)task).Result;
    }
}
