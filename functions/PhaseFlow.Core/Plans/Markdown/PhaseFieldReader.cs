using System.Collections.Immutable;
using System.Globalization;

namespace PhaseFlow.Core.Plans.Markdown;

/// <summary>Reads the values of the fields of one phase, and notes where each stands.</summary>
/// <param name="faults">Takes what cannot be read.</param>
/// <param name="places">Takes JSON pointer → place of what was read, for the faults that the validator finds later.</param>
/// <param name="at">JSON pointer to the phase.</param>
internal sealed class PhaseFieldReader(FaultList faults, Dictionary<string, MarkdownPlace> places, string at)
{
    private const string None = "none";

    /// <summary>The phase with the field set; unchanged where the value cannot be read.</summary>
    public PhasePlan With(PhasePlan phase, FieldName name, MarkdownPiece value)
    {
        if (name == FieldName.Workflow)
        {
            places[$"{at}/workflow_type"] = value.Place;
            return phase with { WorkflowType = value.Text };
        }

        if (name == FieldName.Timeout)
        {
            return TryReadDuration("timeout", value, out TimeSpan timeout) ? phase with { Timeout = timeout } : phase;
        }

        if (name == FieldName.HeartbeatTimeout)
        {
            return TryReadDuration("heartbeat_timeout", value, out TimeSpan silence) ? phase with { HeartbeatTimeout = silence } : phase;
        }

        if (name == FieldName.Backoff)
        {
            return TryReadDuration("retry_backoff", value, out TimeSpan backoff) ? phase with { RetryBackoff = backoff } : phase;
        }

        if (name == FieldName.Attempts)
        {
            return WithAttempts(phase, value);
        }

        return name == FieldName.Approval ? WithApproval(phase, value) : WithEstimate(phase, value);
    }

    public PhasePlan WithDependencies(PhasePlan phase, List<MarkdownPiece> pieces)
    {
        places[$"{at}/depends_on"] = pieces[0].Place;
        var numbers = ImmutableArray.CreateBuilder<int>(pieces.Count);
        if (pieces is [{ } only] && only.Text.Equals(None, StringComparison.OrdinalIgnoreCase))
        {
            return phase with { DependsOn = [] };
        }

        foreach (MarkdownPiece piece in pieces)
        {
            if (int.TryParse(piece.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number))
            {
                places[string.Create(CultureInfo.InvariantCulture, $"{at}/depends_on/{numbers.Count}")] = piece.Place;
                numbers.Add(number);
            }
            else
            {
                Fault(PlanFaultCodes.InvalidDependencies, $"Phase numbers with commas between them are expected here, or none.", piece);
            }
        }

        return phase with { DependsOn = numbers.ToImmutable() };
    }

    public PhasePlan WithDocs(PhasePlan phase, List<MarkdownPiece> pieces)
    {
        if (pieces is [{ } only] && only.Text.Equals(None, StringComparison.OrdinalIgnoreCase))
        {
            return phase with { ExternalDocs = [] };
        }

        for (int i = 0; i < pieces.Count; i++)
        {
            places[string.Create(CultureInfo.InvariantCulture, $"{at}/external_docs/{i}")] = pieces[i].Place;
        }

        return phase with { ExternalDocs = [.. pieces.Select(p => p.Text)] };
    }

    private PhasePlan WithAttempts(PhasePlan phase, MarkdownPiece value)
    {
        if (!int.TryParse(value.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int attempts))
        {
            Fault(PlanFaultCodes.InvalidAttempts, $"A whole number from {PhaseLimits.MinAttempts} to {PhaseLimits.MaxAttempts} is expected here.", value);
            return phase;
        }

        places[$"{at}/max_attempts"] = value.Place;
        return phase with { MaxAttempts = attempts };
    }

    private PhasePlan WithApproval(PhasePlan phase, MarkdownPiece value)
    {
        if (value.Text.Equals("required", StringComparison.OrdinalIgnoreCase))
        {
            return phase with { Approval = ApprovalMode.Required };
        }

        if (value.Text.Equals(None, StringComparison.OrdinalIgnoreCase))
        {
            return phase with { Approval = ApprovalMode.None };
        }

        Fault(PlanFaultCodes.InvalidApproval, $"An approval is required or none.", value);
        return phase;
    }

    private PhasePlan WithEstimate(PhasePlan phase, MarkdownPiece value)
    {
        if (!decimal.TryParse(
            value.Text, NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out decimal hours))
        {
            Fault(PlanFaultCodes.InvalidEstimate, $"A number of hours is expected here, such as 1.5.", value);
            return phase;
        }

        places[$"{at}/estimated_hours"] = value.Place;
        return phase with { EstimatedHours = hours };
    }

    private bool TryReadDuration(string field, MarkdownPiece value, out TimeSpan duration)
    {
        if (!PhaseDuration.TryParse(value.Text, out duration))
        {
            Fault(PlanFaultCodes.InvalidDuration, $"A duration is expected here, such as 30s, 15m or 2h.", value);
            return false;
        }

        places[$"{at}/{field}"] = value.Place;
        return true;
    }

    private void Fault(string code, FormattableString message, MarkdownPiece piece) =>
        faults.Add(code, message, piece.Place.Line, piece.Place.Column);
}
