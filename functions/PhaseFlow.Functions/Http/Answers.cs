using Microsoft.AspNetCore.Http;

namespace PhaseFlow.Functions.Http;

/// <summary>The answers of this API that are no problems.</summary>
public static class Answers
{
    public static IResult Ok<T>(T value) => new JsonAnswer<T>(value, StatusCodes.Status200OK, null);

    /// <summary>What was asked is stored and will be done.</summary>
    public static IResult Accepted<T>(T value) => new JsonAnswer<T>(value, StatusCodes.Status202Accepted, null);

    public static IResult Accepted<T>(string location, T value) => new JsonAnswer<T>(value, StatusCodes.Status202Accepted, location);

    public static IResult Created<T>(string location, T value) => new JsonAnswer<T>(value, StatusCodes.Status201Created, location);
}

/// <summary>Writes a value as JSON in the words of the contract.</summary>
public sealed class JsonAnswer<T>(T value, int status, string? location) : IResult, IStatusCodeHttpResult, IValueHttpResult<T>
{
    public T? Value => value;

    int? IStatusCodeHttpResult.StatusCode => status;

    public Task ExecuteAsync(HttpContext httpContext)
    {
        ArgumentNullException.ThrowIfNull(httpContext);
        byte[] body = ApiJson.Body(value);
        HttpResponse response = httpContext.Response;
        response.StatusCode = status;
        response.ContentType = "application/json; charset=utf-8";
        response.ContentLength = body.Length;

        // What is shown is the state of this moment, and some of it is secret.
        response.Headers.CacheControl = "no-store";
        if (location is not null)
        {
            response.Headers.Location = ForwardedRequest.Locate(httpContext, location);
        }

        return response.Body.WriteAsync(body, httpContext.RequestAborted).AsTask();
    }
}
