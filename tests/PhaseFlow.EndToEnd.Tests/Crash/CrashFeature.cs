namespace PhaseFlow.EndToEnd.Tests.Crash;

/// <summary>The feature that is run while its host dies: a retry, an approval, a timeout, a block, a cap on spend, and more parallel phases than there are slots.</summary>
internal static class CrashFeature
{
    public const int Id = 1;
    public const int Slots = 3;
    public const int NeverEnding = 5;

    /// <summary>When it may start, all that may be spent is spent.</summary>
    public const int PastTheCap = 6;
    public const decimal Cost = 4;
    public const string Status = "failed";

    public const string Markdown = """
        # Crash points
        Max cost: 4.00

        ## Phase 1: Prepare
        Depends on: none

        ```sh
        echo "start $PHASEFLOW_PHASE_NUMBER $PHASEFLOW_ATTEMPT" >> runs.log
        echo "end $PHASEFLOW_PHASE_NUMBER $PHASEFLOW_ATTEMPT" >> runs.log
        ```

        ## Phase 2: Fails once
        Depends on: 1
        Attempts: 2
        Backoff: 1s

        ```sh
        echo "start $PHASEFLOW_PHASE_NUMBER $PHASEFLOW_ATTEMPT" >> runs.log
        echo '{"usage": {"cost_usd": 1.00}}' > "$PHASEFLOW_REPORT_FILE"
        sleep 0.1
        echo "end $PHASEFLOW_PHASE_NUMBER $PHASEFLOW_ATTEMPT" >> runs.log
        [ "$PHASEFLOW_ATTEMPT" -gt 1 ]
        ```

        ## Phase 3: Is approved
        Depends on: 1
        Approval: required

        ```sh
        echo "start $PHASEFLOW_PHASE_NUMBER $PHASEFLOW_ATTEMPT" >> runs.log
        echo '{"usage": {"cost_usd": 1.00}}' > "$PHASEFLOW_REPORT_FILE"
        sleep 0.1
        echo "end $PHASEFLOW_PHASE_NUMBER $PHASEFLOW_ATTEMPT" >> runs.log
        ```

        ## Phase 4: Beside the others
        Depends on: 1

        ```sh
        echo "start $PHASEFLOW_PHASE_NUMBER $PHASEFLOW_ATTEMPT" >> runs.log
        echo '{"usage": {"cost_usd": 1.00}}' > "$PHASEFLOW_REPORT_FILE"
        sleep 0.1
        echo "end $PHASEFLOW_PHASE_NUMBER $PHASEFLOW_ATTEMPT" >> runs.log
        ```

        ## Phase 5: Never ends
        Depends on: none
        Timeout: 1s

        ```sh
        echo "start $PHASEFLOW_PHASE_NUMBER $PHASEFLOW_ATTEMPT" >> runs.log
        exec sleep 600
        ```

        ## Phase 6: Joins
        Depends on: 2, 3, 4

        ```sh
        echo "start $PHASEFLOW_PHASE_NUMBER $PHASEFLOW_ATTEMPT" >> runs.log
        echo "end $PHASEFLOW_PHASE_NUMBER $PHASEFLOW_ATTEMPT" >> runs.log
        ```

        ## Phase 7: Is blocked
        Depends on: 5

        ```sh
        echo "start $PHASEFLOW_PHASE_NUMBER $PHASEFLOW_ATTEMPT" >> runs.log
        ```
        """;

    /// <summary>By phase: what it depends on, how it ends, and with which attempt.</summary>
    public static readonly IReadOnlyDictionary<int, ExpectedPhase> Phases = new Dictionary<int, ExpectedPhase>
    {
        [1] = new([], "completed", 1),
        [2] = new([1], "completed", 2),
        [3] = new([1], "completed", 1),
        [4] = new([1], "completed", 1),
        [NeverEnding] = new([], "failed", 1),
        [PastTheCap] = new([2, 3, 4], "completed", 1),
        [7] = new([5], "blocked", 0),
    };
}

/// <summary>How a phase must end, wherever its host dies.</summary>
internal sealed record ExpectedPhase(int[] DependsOn, string Status, int Attempts);
