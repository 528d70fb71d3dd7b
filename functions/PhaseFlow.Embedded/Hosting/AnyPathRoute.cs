using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Template;
using PhaseFlow.Embedded.Engine.Catalog;

namespace PhaseFlow.Embedded.Hosting;

/// <summary>
/// A function whose route takes any path. It comes after all others, as it does in the Functions host; as one endpoint among them it would also
/// take the requests that are to be told that their path knows another method.
/// </summary>
internal sealed class AnyPathRoute
{
    private readonly HttpFunction _function;
    private readonly HttpFunctionEndpoint _endpoint;
    private readonly TemplateMatcher _matcher;
    private readonly (string Parameter, IRouteConstraint Constraint)[] _constraints;

    public AnyPathRoute(HttpFunction function, IInlineConstraintResolver constraints)
    {
        _function = function;
        _endpoint = new HttpFunctionEndpoint(function);
        RouteTemplate template = TemplateParser.Parse(function.Route);
        _matcher = new TemplateMatcher(template, []);
        _constraints =
        [
            .. template.Parameters.SelectMany(p => p.InlineConstraints, (p, c) => (p.Name!, constraints.ResolveConstraint(c.Constraint)
                ?? throw new InvalidOperationException($"The route of {function.Name} has an unknown constraint: {c.Constraint}."))),
        ];
    }

    public static bool Is(HttpFunction function) => function.Route.StartsWith("{*", StringComparison.Ordinal);

    public Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        var values = new RouteValueDictionary();
        if (context.GetEndpoint() is not null
            || !_function.Methods.Contains(context.Request.Method, StringComparer.OrdinalIgnoreCase)
            || !_matcher.TryMatch(context.Request.Path, values)
            || !Array.TrueForAll(_constraints, c => c.Constraint.Match(context, null, c.Parameter, values, RouteDirection.IncomingRequest)))
        {
            return next(context);
        }

        context.Request.RouteValues = values;
        return _endpoint.InvokeAsync(context);
    }
}
