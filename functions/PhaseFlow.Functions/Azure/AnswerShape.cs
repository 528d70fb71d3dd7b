using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.Extensions.Logging;
using PhaseFlow.Functions.Http;

namespace PhaseFlow.Functions.Azure;

/// <summary>Gives every answer its security headers, and makes a problem of what nobody caught. Functions without HTTP pass.</summary>
internal sealed partial class AnswerShape(ILogger<AnswerShape> log) : IFunctionsWorkerMiddleware
{
    public async Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(next);
        if (context.GetHttpContext() is not { } http)
        {
            await next(context);
            return;
        }

        SecurityHeaders.Apply(http.Response);
        try
        {
            await next(context);
        }
        catch (Exception) when (http.RequestAborted.IsCancellationRequested)
        {
            // Nobody is there to be answered.
        }
        catch (BadHttpRequestException fault) when (!http.Response.HasStarted)
        {
            context.GetInvocationResult().Value = Problems.Of("about:blank", ReasonPhrases.GetReasonPhrase(fault.StatusCode), fault.StatusCode, null);
        }
        catch (Exception fault)
        {
            LogFailed(log, fault, http.Request.Method, http.Request.Path);
            if (http.Response.HasStarted)
            {
                http.Abort();
                return;
            }

            context.GetInvocationResult().Value = Problems.Internal();
        }
    }

    [LoggerMessage(1500, LogLevel.Error, "{Method} {Path} failed")]
    private static partial void LogFailed(ILogger log, Exception fault, string method, string path);
}
