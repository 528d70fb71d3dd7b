using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using PhaseFlow.Functions.Http;
using PhaseFlow.Functions.Remote;

namespace PhaseFlow.Functions.Issues;

/// <summary>An issue, where the tracker is read through PhaseFlow.</summary>
public sealed class GetIssue(IIssueTracker tracker)
{
    [Function(nameof(GetIssue))]
    public async Task<IResult> RunAsync(
        [HttpTrigger(AuthorizationLevel.Function, "get", "head", Route = "api/v1/issues/{number}")] HttpRequest request,
        string number,
        CancellationToken cancellation)
    {
        if (QueryValues.Unknown(request, "repository") is { } refusal)
        {
            return refusal;
        }

        try
        {
            return int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out int parsed)
                && await tracker.GetAsync(request.Query["repository"], parsed, cancellation) is { } issue
                ? Answers.Ok(issue)
                : Problems.NotFound("There is no such issue here.");
        }
        catch (TryLaterException later)
        {
            return Problems.NotReady($"The issue cannot be read now: {later.Delay.Reason}.");
        }
    }
}
