/** `npm run bench:compare REF`: what changed since another commit, on this machine. */
import { exitCodes, runCommand } from '@openrelay/launch';
import { compareWith, comparisonTable } from './bench/compare';
import { compareHelpText, readCompareOptions } from './bench/options';

async function compare(args: readonly string[], stopping: AbortSignal): Promise<number> {
  const options = readCompareOptions(args);
  const say = (line: string) => process.stderr.write(`[bench:compare] ${line}\n`);
  const comparison = await compareWith(options, stopping, say);
  const text = options.output === 'json' ? JSON.stringify(comparison, null, 2) : comparisonTable(comparison);
  process.stdout.write(`${text}\n`);
  return comparison.faults.length === 0 ? exitCodes.fine : exitCodes.failed;
}

void runCommand({ title: 'bench:compare', help: compareHelpText(), run: compare });
