using PhaseFlow.Embedded.Cli;

return await CommandLine.RunAsync(args);
