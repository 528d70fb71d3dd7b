using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Logging;
using PhaseFlow.Embedded.Storage;
using PhaseFlow.Functions.Http;

namespace PhaseFlow.Embedded.Hosting;

/// <summary>Gives every answer its security headers, and makes every error a problem: also what routing refuses, and what nobody caught.</summary>
internal sealed partial class ResponseShape(RequestDelegate next, ILogger<ResponseShape> log)
{
    public async Task InvokeAsync(HttpContext context)
    {
        SecurityHeaders.Apply(context.Response);
        try
        {
            await next(context);
            HttpResponse response = context.Response;
            if (response is { HasStarted: false, StatusCode: >= StatusCodes.Status400BadRequest, ContentType: null, ContentLength: null })
            {
                await ProblemOf(response.StatusCode, context.Request).ExecuteAsync(context);
            }
        }
        catch (Exception e) when (context.RequestAborted.IsCancellationRequested || IsCut(e) || IsCut(e.InnerException))
        {
            // Nobody is there to be answered. Who reads the body may hear of it before the token tells.
        }
        catch (BadHttpRequestException fault) when (!context.Response.HasStarted)
        {
            await ProblemOf(fault.StatusCode, context.Request).ExecuteAsync(context);
        }
        catch (IOException fault) when (!context.Response.HasStarted && fault.InnerException is OverflowException)
        {
            // The server's word for a chunk whose size is no number that there is.
            await ProblemOf(StatusCodes.Status400BadRequest, context.Request).ExecuteAsync(context);
        }
        catch (DatabaseUnusableException) when (!context.Response.HasStarted)
        {
            // The host ends, and says why itself, once.
            await Problems.NotReady("The store cannot be written to.").ExecuteAsync(context);
        }
        catch (Exception fault)
        {
            RequestFailed(log, context.Request.Method, context.Request.Path, fault);
            if (context.Response.HasStarted)
            {
                context.Abort();
            }
            else
            {
                await Problems.Internal().ExecuteAsync(context);
            }
        }
    }

    private static bool IsCut(Exception? e) => e is ConnectionAbortedException or ConnectionResetException;

    private static ProblemResult ProblemOf(int status, HttpRequest request) => status switch
    {
        StatusCodes.Status404NotFound => Problems.NotFound("There is nothing at this path."),
        StatusCodes.Status405MethodNotAllowed => Problems.Of(
            ProblemTypes.MethodNotAllowed, "Method not allowed", status, $"{request.Method} is not among the methods of this path; Allow names them."),
        _ => Problems.Of("about:blank", ReasonPhrases.GetReasonPhrase(status), status, null),
    };

    [LoggerMessage(1500, LogLevel.Error, "{Method} {Path} failed")]
    private static partial void RequestFailed(ILogger log, string method, string path, Exception fault);
}
