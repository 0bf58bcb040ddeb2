/** `npm run bench`: what the relay costs and how fast it is, on this machine. */
import { type BenchOptions, type Command, helpText, parseCommand } from './bench/options';
import { document, table } from './bench/report';
import { runBench } from './bench/run';
import { UsageError } from './bench/usage-error';

const exitCodes = { fine: 0, fault: 1, usage: 2, interrupted: 130 } as const;

async function main(args: readonly string[], signal: AbortSignal): Promise<number> {
  const command: Command = parseCommand(args);
  if (command.kind === 'help') {
    process.stdout.write(`${helpText()}\n`);
    return exitCodes.fine;
  }
  return measureAndReport(command.options, signal);
}

async function measureAndReport(options: BenchOptions, signal: AbortSignal): Promise<number> {
  const report = await runBench(options, signal, (line) => process.stderr.write(`[bench] ${line}\n`));
  process.stdout.write(`${options.output === 'json' ? document(report) : table(report)}\n`);
  return report.scenarios.every(({ faults }) => faults.length === 0) ? exitCodes.fine : exitCodes.fault;
}

function onStopSignal(stop: () => void): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
}

const stopping = new AbortController();
onStopSignal(() => {
  if (!stopping.signal.aborted) process.stderr.write('[bench] stopping\n');
  stopping.abort(new Error('stopped'));
});

main(process.argv.slice(2), stopping.signal).then(
  (code) => {
    process.exitCode = code;
  },
  (error: Error) => {
    if (stopping.signal.aborted) process.exitCode = exitCodes.interrupted;
    else {
      process.stderr.write(`bench: ${error.message}\n`);
      process.exitCode = error instanceof UsageError ? exitCodes.usage : exitCodes.fault;
    }
  },
);
