/** `npm run fuzz`: looks for inputs that the relay does not bear, guided by the code that they reach. */
import { exitCodes, numberOption, parseOptions, runCommand, UsageError } from '@openrelay/launch';
import { runFuzzer, type Target, targets } from './fuzz/run-fuzzer';

const help = `Usage: npm run fuzz -- [--target T] [--seconds N]

Makes up inputs and follows which code they reach. Targets: json and packed (frames, as the protocol reads them),
frames (what a stranger says on a WebSocket of a whole edge), port (what it writes to the edge's port). Without --target
each has N seconds (default 60) in turn. Inputs that reach new code go to services/cluster-tests/corpus, one that breaks
something to .data/fuzz.

The fuzzer, Jazzer.js, is fetched from npm. It needs glibc 2.38 or later: Debian 13, Ubuntu 24.04.

Ends with 0 when nothing broke, with 1 when something did, with 2 when it was called wrongly. Ctrl-C ends it early.`;

function targetsOf(name: string | undefined): readonly Target[] {
  if (name === undefined) return targets;
  const target = targets.find((one) => one === name);
  if (target === undefined) throw new UsageError(`--target is "${name}", but must be one of ${targets.join(', ')}.`);
  return [target];
}

async function run(args: readonly string[], stopping: AbortSignal): Promise<number> {
  const { target, seconds = '60' } = parseOptions({
    args,
    options: { target: { type: 'string' }, seconds: { type: 'string' } },
  }).values;
  const most = numberOption('seconds', seconds, { least: 1, most: 1_000_000 });
  for (const one of targetsOf(target)) {
    process.stdout.write(`${one}: ${most} s\n`);
    if ((await runFuzzer(one, most, stopping)) === 'found') return exitCodes.failed;
  }
  return exitCodes.fine;
}

void runCommand({ title: 'fuzz', help, run });
