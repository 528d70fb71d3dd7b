using System.Collections.Concurrent;
using System.Reflection;

namespace Microsoft.DurableTask;

/// <summary>What is known of a failure that happened elsewhere: the exception itself does not travel, its description does.</summary>
/// <param name="ErrorType">The full name of the exception's type.</param>
/// <param name="ErrorMessage">Its message.</param>
/// <param name="StackTrace">Its stack trace, where there is one.</param>
/// <param name="InnerFailure">The failure that caused it.</param>
/// <param name="Properties">Further facts, where there are any.</param>
public record TaskFailureDetails(
    string ErrorType,
    string ErrorMessage,
    string? StackTrace,
    TaskFailureDetails? InnerFailure,
    IDictionary<string, object?>? Properties)
{
    private static readonly ConcurrentDictionary<string, Type?> ExceptionTypes = new(StringComparer.Ordinal);

    public static TaskFailureDetails FromException(Exception exception)
    {
        ArgumentNullException.ThrowIfNull(exception);
        return new TaskFailureDetails(
            exception.GetType().FullName ?? exception.GetType().Name,
            exception.Message,
            exception.StackTrace,
            exception.InnerException is { } inner ? FromException(inner) : null,
            Properties: null);
    }

    /// <summary>Tells whether the failure is of the given exception type or of one derived from it.</summary>
    public bool IsCausedBy<T>()
        where T : Exception => IsCausedBy(typeof(T));

    /// <inheritdoc cref="IsCausedBy{T}"/>
    public bool IsCausedBy(Type targetBaseExceptionType)
    {
        ArgumentNullException.ThrowIfNull(targetBaseExceptionType);
        if (!typeof(Exception).IsAssignableFrom(targetBaseExceptionType))
        {
            throw new ArgumentException($"The type {targetBaseExceptionType} is not an exception.", nameof(targetBaseExceptionType));
        }

        return string.Equals(ErrorType, targetBaseExceptionType.FullName, StringComparison.Ordinal)
            || targetBaseExceptionType.IsAssignableFrom(ExceptionTypes.GetOrAdd(ErrorType, Find));
    }

    public override string ToString() => $"{ErrorType}: {ErrorMessage}";

    private static Type? Find(string name) =>
        Type.GetType(name, throwOnError: false)
        ?? AppDomain.CurrentDomain.GetAssemblies().Select((Assembly a) => a.GetType(name, throwOnError: false)).FirstOrDefault(t => t is not null);
}
