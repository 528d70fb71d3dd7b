namespace PhaseFlow.Core.Runs;

/// <summary>
/// A question that an attempt asked before its last one. Helpers of one agent may ask in turns, and a delivery may come late: whoever asked it gets its answer, and it is
/// not asked anew.
/// </summary>
/// <param name="Id">The id of the delivery that asked.</param>
/// <param name="Number">Its number.</param>
/// <param name="Answer">What was answered.</param>
public sealed record EarlierQuestion(string Id, int Number, string? Answer)
{
    /// <summary>How many are remembered: they ride in the history of the run.</summary>
    public const int MostRemembered = 8;

    /// <summary>The one before this.</summary>
    public EarlierQuestion? Before { get; init; }

    /// <summary>The question that a delivery asked, this or one before; null where it is not remembered.</summary>
    public EarlierQuestion? Find(string? id) => Id == id ? this : Before?.Find(id);

    /// <summary>What is remembered once another question follows.</summary>
    internal static EarlierQuestion? Of(PhaseQuestion? question, EarlierQuestion? before) =>
        question is { Id: { } id } ? new EarlierQuestion(id, question.Number, question.Answer) { Before = before?.Newest(MostRemembered - 1) } : before;

    private EarlierQuestion? Newest(int most) => most == 0 ? null : this with { Before = Before?.Newest(most - 1) };
}
