using System.Globalization;
using System.Reflection;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.DependencyInjection;
using PhaseFlow.Embedded.Engine.Catalog;
using PhaseFlow.Functions.Http;

namespace PhaseFlow.Embedded.Hosting;

/// <summary>Calls an HTTP function with what its parameters ask for, as the Functions worker does.</summary>
internal sealed class HttpFunctionEndpoint
{
    private readonly HttpFunction _function;
    private readonly Func<HttpContext, object?>[] _bindings;

    public HttpFunctionEndpoint(HttpFunction function)
    {
        _function = function;
        _bindings = [.. function.Parameters.Select(BindingOf)];
    }

    public string Pattern => "/" + _function.Route.TrimStart('/');

    public async Task InvokeAsync(HttpContext context)
    {
        object?[] args = new object?[_bindings.Length];
        for (int i = 0; i < args.Length; i++)
        {
            args[i] = _bindings[i](context);
        }

        object? result = await _function.InvokeAsync(context.RequestServices, args);
        IResult answer = result as IResult ?? (result is null ? Results.NoContent() : Answers.Ok(result));
        await answer.ExecuteAsync(context);
    }

    private static Func<HttpContext, object?> BindingOf(ParameterInfo parameter)
    {
        Type type = parameter.ParameterType;
        string name = parameter.Name!;
        return type == typeof(HttpRequest) ? context => context.Request
            : type == typeof(HttpContext) ? context => context
            : type == typeof(CancellationToken) ? context => context.RequestAborted
            : parameter.IsDefined(typeof(DurableClientAttribute)) ? context => context.RequestServices.GetRequiredService<DurableTaskClient>()
            : type == typeof(string) ? context => context.Request.RouteValues[name] as string
            : type == typeof(int) ? context => int.TryParse(context.Request.RouteValues[name] as string, NumberStyles.Integer, CultureInfo.InvariantCulture, out int number) ? number : 0
            : context => context.RequestServices.GetRequiredService(type);
    }
}
