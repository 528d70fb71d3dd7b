using PhaseFlow.Benchmarks;
using PhaseFlow.Benchmarks.Crash;
using PhaseFlow.Benchmarks.Growth;
using PhaseFlow.Benchmarks.Peers;
using PhaseFlow.Benchmarks.Webhook;

const string Usage = """
    Usage: dotnet run -c Release --project tests/PhaseFlow.Benchmarks -- COMMAND [OPTIONS]

      simulate  The whole app in virtual time, one world for each seed: scheduling, latencies, crashes, and a network that drops, repeats,
                reorders, delays and forges. After every step the fourteen invariants.
                --seeds N       how many (default 10,000)
                --from N        the first (default 1); a seed that has failed replays exactly
                --minutes N     end after this time, with the seeds that were run until then
                --parallel N    how many at once (default: one for each core)
                --forgets       in every world a crash makes the platform forget a step whose messages it has sent

      model     Every order in which anything can arrive, over the pure rules: all graphs of up to so many phases.
                --phases N --slots N --attempts N --duplicates N --reloads N (default 4, 2, 1, 2, 0)
                --jobs N        graphs at once (default: one for each core); the largest takes some GiB

      fuzz      Webhook bodies and headers, graphs, markdown and routes that are almost right, through the real pipeline.
                --inputs N      how many (default 100,000)
                --from SEED     the first (default 1); a fault says the command that shows it again
                --minutes N     end after this time, with the inputs that were tried until then
                --parallel N    how many at once (default: one for each core)

      webhook   From a report sent over HTTP to the launch of the next phase: latency and throughput of the whole product path,
                with every commit flushed to disk. Each feature is a chain of phases; the slot cap equals the number of features.
                --rounds N      rounds of each size, interleaved (default 3)
                --features L    how many features at once, a comma-separated list (default 1,16,64)
                --phases N      phases of each feature, 2 to 200 (default 100)

      peers     The same work on PhaseFlow, Restate and DBOS, each in processes of its own, in interleaved rounds (bench/README.md). Linux.
                --rounds N      (default 3)
                --features L    how many features at once, a comma-separated list (default 1,16,64)
                --phases N      phases of each feature, 2 to 200 (default 50)
                --seconds N     how long each size is run at least (default 4)
                --warm-up S     seconds of unmeasured work after each start (default 20)
                --only L        some of phaseflow,restate,dbos
                --work DIR      where npm installs the peers (default: phaseflow/peers in the user's cache)
                --data DIR      where their data is while they run; it must be on a disk (default /var/tmp)

      crash     Kills the host with SIGKILL at each of its durable boundaries, starts it again, lets it finish, and checks what must hold.
                --every K       every K-th point (default 1: all)
                --from N        beginning with the N-th (default 1)
                --only N        this point alone
                --pairs N       and so many pairs: a second crash during the recovery from the first (default 0)
                --seed S        chooses the pairs (default 1)
                --at-once N     cases at once (default: two a core)

      soak      Very many phases through the real host, in a process of its own, with a short retention: memory, file, log and rows as it goes on,
                and whether the last fifth needs more than the second.
                --phases N      how many (default 100,000)
                --features N    features at once, and slots (default 64)
                --rate N        phases a second at most (default 300)
                --retention S   seconds that a feature is kept (default 20)
                --every N       phases between two samples (default: a twentieth)

      size      What a transition, a read, a start and a recovery cost with 10, 100, 1,000 and 10,000 finished features in the file, and how long
                10,000 open phases take to go on after SIGKILL.
                --sizes L       finished features, a comma-separated list (default 10,100,1000,10000)
                --open N        open phases to recover (default 10,000)
                --rounds N      measured chains of 100 phases at each size (default 3)
    """;

if (args.Any(a => a is "--help" or "-h"))
{
    Console.WriteLine(Usage);
    return 0;
}

switch (args.FirstOrDefault())
{
    case "webhook":
        return await WebhookBenchmark.RunAsync(args[1..]);
    case "peers":
        return await PeersCommand.RunAsync(args[1..]);
    case "soak":
        return await SoakCommand.RunAsync(args[1..]);
    case "size":
        return await SizeCommand.RunAsync(args[1..]);
    case GrowthHost.Command:
        return await GrowthHost.RunAsync(args[1..]);
    case "crash":
        return await CrashCommand.RunAsync(args[1..]);
    case "simulate":
        return SimulateCommand.Run(args[1..]);
    case "model":
        return ModelCommand.Run(args[1..]);
    case "fuzz":
        return await FuzzCommand.RunAsync(args[1..]);
    default:
        Console.Error.WriteLine(Usage);
        return 2;
}
