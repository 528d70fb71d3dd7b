using System.Collections.Immutable;
using System.Globalization;

namespace PhaseFlow.Core.Plans.Markdown;

/// <summary>One reading of one text: the feature's head, then phase after phase.</summary>
/// <remarks>It goes on after a fault, as if a usable value stood there, so that one reading tells all faults and none that another one causes.</remarks>
internal sealed class FeatureReader
{
    // Stands for a title that could not be read, so that the validator does not miss it a second time.
    private const string Unreadable = "?";

    private static readonly string PriorityIsExpected =
        string.Create(CultureInfo.InvariantCulture, $"A whole number from {PhaseLimits.MinPriority} (first) to {PhaseLimits.MaxPriority} (last) is expected here.");

    private readonly MarkdownText _text;
    private readonly string? _defaultWorkflow;
    private readonly bool _runsShellBlocks;
    private readonly FaultList _faults = new();
    private readonly Dictionary<string, MarkdownPlace> _places = [];
    private readonly ImmutableArray<PhasePlan>.Builder _phases = ImmutableArray.CreateBuilder<PhasePlan>();
    private readonly HashSet<FieldName> _misspelled = [];
    private bool _somePhaseUnreadable;

    public FeatureReader(string text, string? defaultWorkflow, bool runsShellBlocks)
    {
        _text = new MarkdownText(text);
        _defaultWorkflow = defaultWorkflow;
        _runsShellBlocks = runsShellBlocks;
    }

    public MarkdownResult Read()
    {
        var plan = new FeaturePlan { Title = Unreadable, Phases = [] };
        int next = ReadTitle(ref plan);
        next = ReadFeatureFields(next, ref plan);
        int heading = _text.NextHeading(next);
        plan = plan with { Description = _text.Slice(next, heading) };
        FindLostFields(next, heading, FieldName.WithinFeature);

        int? previous = null;
        while (heading < _text.Count)
        {
            heading = ReadPhase(heading, ref previous);
        }

        if (_text.TryFindUnclosedFence(out MarkdownPlace fence, out bool hidesPhases))
        {
            string consequence = hidesPhases ? ", and hides the phases behind it" : "";
            Fault(PlanFaultCodes.UnclosedFence, $"The code block that starts here is never closed{consequence}.", fence);
            _somePhaseUnreadable |= hidesPhases;
        }

        plan = plan with { Phases = _phases.ToImmutable() };
        Validate(plan);
        ImmutableArray<PlanFault> faults = _faults.ToImmutableByPlace();
        return faults.IsEmpty ? new MarkdownResult(plan, []) { WorkflowPlaces = WorkflowPlaces(plan) } : new MarkdownResult(null, faults);
    }

    private int ReadTitle(ref FeaturePlan plan)
    {
        int first = _text.SkipBlankLines(0);
        ReadOnlySpan<char> line = first < _text.Count ? _text[first] : [];
        ReadOnlySpan<char> trimmed = line.TrimStart(' ');
        if (line.Length - trimmed.Length <= 3 && trimmed.StartsWith('#') && (trimmed.Length == 1 || trimmed[1] is ' ' or '\t'))
        {
            int hash = line.Length - trimmed.Length;
            _places["/title"] = _text.PlaceOf(first, hash);
            plan = plan with { Title = PhaseHeading.WithoutClosingHashes(line[(hash + 1)..]).ToString() };
            return first + 1;
        }

        MarkdownPlace place = first < _text.Count ? _text.PlaceOf(first, 0) : new MarkdownPlace(1, 1);
        Fault(PlanFaultCodes.MissingTitle, $"The text must start with the title of the feature: '# Title'.", place);
        return first;
    }

    private int ReadFeatureFields(int index, ref FeaturePlan plan)
    {
        var seen = new HashSet<FieldName>();
        while (TryReadField(ref index, FieldName.OfFeature, FieldName.OfPhase, seen, out FieldMatch match))
        {
            MarkdownPiece value = _text.ValueOf(index, match);
            if (match.Name == FieldName.Repository)
            {
                _places["/repository"] = value.Place;
                plan = plan with { Repository = value.Text };
            }
            else if (match.Name == FieldName.MaxCost)
            {
                plan = WithMaxCost(plan, value);
            }
            else if (match.Name == FieldName.Id)
            {
                if (TryReadNumber(value, PlanFaultCodes.InvalidId, "An id is a whole number.", out int id))
                {
                    _places["/id"] = value.Place;
                    plan = plan with { Id = id };
                }
            }
            else if (TryReadNumber(value, PlanFaultCodes.InvalidPriority, PriorityIsExpected, out int priority))
            {
                _places["/priority"] = value.Place;
                plan = plan with { Priority = priority };
            }

            index++;
        }

        return index;
    }

    private FeaturePlan WithMaxCost(FeaturePlan plan, MarkdownPiece value)
    {
        if (!decimal.TryParse(
            value.Text, NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out decimal usd))
        {
            Fault(PlanFaultCodes.InvalidCost, $"A number of US dollars is expected here, such as 5.00.", value.Place);
            return plan;
        }

        _places["/max_cost_usd"] = value.Place;
        return plan with { MaxCostUsd = usd };
    }

    private int ReadPhase(int index, ref int? previous)
    {
        PhaseHeading.TryRead(_text[index], out PhaseHeading heading);
        MarkdownPlace place = _text.PlaceOf(index, heading.NumberOffset);
        if (heading.Fault is not null)
        {
            Fault(PlanFaultCodes.MalformedPhaseHeading, $"{heading.Fault}", place);
        }

        string at = string.Create(CultureInfo.InvariantCulture, $"/phases/{_phases.Count}");
        var places = new Dictionary<string, MarkdownPlace> { [at] = place };
        var fields = new PhaseFieldReader(_faults, places, at);
        var phase = new PhasePlan
        {
            Number = heading.Number ?? 0,
            Title = heading.Title ?? Unreadable,
            // A repeated number is a fault of its own, and no dependency on itself.
            DependsOn = previous is { } before && before != heading.Number ? [before] : [],
        };

        index = ReadPhaseFields(index + 1, fields, ref phase);
        int next = _text.NextHeading(index);
        phase = phase with { Content = _text.Slice(index, next) };
        FindLostFields(index, next, FieldName.WithinPhase);
        if (!places.ContainsKey($"{at}/workflow_type"))
        {
            phase = WithoutWorkflow(phase, heading, place);
        }

        previous = heading.Number;
        if (heading.Number is null)
        {
            _somePhaseUnreadable = true;
            return next;
        }

        foreach ((string pointer, MarkdownPlace found) in places)
        {
            _places[pointer] = found;
        }

        _phases.Add(phase);
        return next;
    }

    // What becomes of a phase that names no workflow.
    private PhasePlan WithoutWorkflow(PhasePlan phase, PhaseHeading heading, MarkdownPlace place)
    {
        bool isScript = _defaultWorkflow is null ? _runsShellBlocks : _defaultWorkflow == WorkflowTypes.Shell;
        if (!isScript)
        {
            return phase with { WorkflowType = _defaultWorkflow ?? WorkflowTypes.External };
        }

        if (ShellBlock.Find(phase.Content) is not null)
        {
            return phase with { WorkflowType = WorkflowTypes.Shell };
        }

        if (_defaultWorkflow is not null && heading.Number is { } number && !_misspelled.Contains(FieldName.Workflow))
        {
            Fault(
                PlanFaultCodes.MissingWorkflow,
                $"Phase {number} names no workflow and has no fenced sh block: nothing would run it. Add \"Workflow: NAME\" (or \"Workflow: external\" to report it from outside) or a fenced sh block.",
                place);
        }

        return phase;
    }

    private int ReadPhaseFields(int index, PhaseFieldReader fields, ref PhasePlan phase)
    {
        var seen = new HashSet<FieldName>();
        _misspelled.Clear();
        while (TryReadField(ref index, FieldName.OfPhase, FieldName.OfFeature, seen, out FieldMatch match))
        {
            if (match.Name == FieldName.ExternalDocs)
            {
                index = ReadDocs(index, match, fields, ref phase);
                continue;
            }

            phase = match.Name == FieldName.DependsOn
                ? fields.WithDependencies(phase, _text.ValuesOf(index, match))
                : fields.With(phase, match.Name, _text.ValueOf(index, match));
            index++;
        }

        return index;
    }

    // On the line, or as a list on the lines that follow it directly.
    private int ReadDocs(int index, FieldMatch match, PhaseFieldReader fields, ref PhasePlan phase)
    {
        List<MarkdownPiece> docs = _text.ValuesOf(index++, match);
        if (docs is [{ Text: "" }])
        {
            docs = [];
            while (index < _text.Count && _text.TryReadListItem(index, out MarkdownPiece item))
            {
                docs.Add(item);
                index++;
            }
        }

        phase = fields.WithDocs(phase, docs);
        return index;
    }

    // Moves on to the next field that can be read; stays where the text starts. What is misspelled or said twice is told and passed over.
    private bool TryReadField(ref int index, FieldName[] known, FieldName[] elsewhere, HashSet<FieldName> seen, out FieldMatch match)
    {
        match = default;
        for (int i = _text.SkipBlankLines(index); i < _text.Count; i = _text.SkipBlankLines(i + 1))
        {
            if (_text.IsCode(i))
            {
                return false;
            }

            if (!FieldName.TryMatch(_text[i], known, out match))
            {
                if (!TellMisplaced(i, elsewhere) && !(i == index && seen.Count > 0 && TellUnknown(i, known)))
                {
                    return false;
                }

                index = i + 1;
                continue;
            }

            index = i;
            if (match.IsExact && seen.Add(match.Name))
            {
                return true;
            }

            MarkdownPlace place = _text.PlaceOf(i, match.KeyOffset);
            if (match.IsExact)
            {
                Fault(PlanFaultCodes.RepeatedField, $"'{match.Name.Name}:' stands here a second time.", place);
            }
            else
            {
                _misspelled.Add(match.Name);
                Fault(PlanFaultCodes.MisspelledField, $"This is not understood; write '{match.Name.Name}: …'.", place);
            }

            index = i + 1;
        }

        return false;
    }

    private bool TellMisplaced(int index, FieldName[] elsewhere)
    {
        if (!FieldName.TryMatch(_text[index], elsewhere, out FieldMatch match))
        {
            return false;
        }

        string where = elsewhere == FieldName.OfPhase ? "a phase: write it under a heading such as '## Phase 1: Title'" : "the feature: write it under the title";
        Fault(PlanFaultCodes.MisspelledField, $"'{match.Name.Name}:' belongs to {where}.", _text.PlaceOf(index, match.KeyOffset));
        return true;
    }

    // What follows a field directly, and looks like one, was meant for one: as text it would take those behind it with it.
    private bool TellUnknown(int index, FieldName[] known)
    {
        if (!FieldName.TryReadKey(_text[index], out int offset, out ReadOnlySpan<char> key))
        {
            return false;
        }

        string names = string.Join(", ", known.Select(n => n.Name));
        Fault(
            PlanFaultCodes.UnknownField,
            $"'{key.ToString()}:' is not known. Where it is text, leave a blank line before it. Known here are: {names}.",
            _text.PlaceOf(index, offset));
        return true;
    }

    // A field within the text would be read as text, and an approval or a cap lost in silence.
    private void FindLostFields(int from, int to, FieldName[] names)
    {
        for (int i = from; i < to; i++)
        {
            if (!_text.IsCode(i) && FieldName.TryMatch(_text[i], names, out FieldMatch match) && match.IsNamed && FieldName.IsShort(_text[i][match.ValueOffset..]))
            {
                string where = FieldName.OfFeature.Contains(match.Name) ? "under the title" : "under the heading of its phase";
                Fault(
                    PlanFaultCodes.MisplacedField,
                    $"'{match.Name.Name}:' stands within the text, where it would be ignored: write it {where}. Where it is text, make it an item of a list or put it in a code block.",
                    _text.PlaceOf(i, match.KeyOffset));
            }
        }
    }

    private bool TryReadNumber(MarkdownPiece value, string code, string expected, out int number)
    {
        bool isNumber = int.TryParse(value.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number);
        if (!isNumber)
        {
            Fault(code, $"{expected}", value.Place);
        }

        return isNumber;
    }

    private ImmutableDictionary<int, PlanPlace> WorkflowPlaces(FeaturePlan plan) => plan.Phases
        .Select((phase, i) => (phase.Number, Place: PlaceOf(string.Create(CultureInfo.InvariantCulture, $"/phases/{i}/workflow_type"))))
        .ToImmutableDictionary(p => p.Number, p => new PlanPlace(p.Place.Line, p.Place.Column));

    private void Validate(FeaturePlan plan)
    {
        foreach (PlanFault fault in PlanValidator.Collect(plan).All)
        {
            bool isGuess = _somePhaseUnreadable && fault.Code is (PlanFaultCodes.MissingDependency or PlanFaultCodes.NoPhases);
            if (!isGuess)
            {
                MarkdownPlace place = PlaceOf(fault.Pointer);
                string message = fault.Code == PlanFaultCodes.NoPhases ? $"{fault.Message} A phase begins with '## Phase 1: Title'." : fault.Message;
                _faults.AddRange([fault with { Message = message, Pointer = null, Line = place.Line, Column = place.Column }]);
            }
        }
    }

    // The place of what the pointer names, or of the closest thing around it that stands in the text.
    private MarkdownPlace PlaceOf(string? pointer)
    {
        while (!string.IsNullOrEmpty(pointer))
        {
            if (_places.TryGetValue(pointer, out MarkdownPlace place))
            {
                return place;
            }

            pointer = pointer[..pointer.LastIndexOf('/')];
        }

        return _places.GetValueOrDefault("/title", new MarkdownPlace(1, 1));
    }

    private void Fault(string code, FormattableString message, MarkdownPlace place) => _faults.Add(code, message, place.Line, place.Column);
}
