/** `npm run bench`: what the relay costs and how fast it is, on this machine. */
import { exitCodes, runCommand } from '@openrelay/launch';
import { helpText, readOptions } from './bench/options';
import { document, table } from './bench/report';
import { runBench } from './bench/run';

async function bench(args: readonly string[], stopping: AbortSignal): Promise<number> {
  const options = readOptions(args);
  const report = await runBench(options, stopping, (line) => process.stderr.write(`[bench] ${line}\n`));
  process.stdout.write(`${options.output === 'json' ? document(report) : table(report)}\n`);
  return report.scenarios.every(({ faults }) => faults.length === 0) ? exitCodes.fine : exitCodes.failed;
}

void runCommand({ title: 'bench', help: helpText(), run: bench });
