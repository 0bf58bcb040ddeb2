/** `npm run soak`: the relay under traffic and faults of all kinds for as long as wanted, and whether it kept its promises. */
import { exitCodes, numberOption, parseOptions, runCommand, UsageError } from '@openrelay/launch';
import { type SoakOptions, soak } from './soak/soak-run';

const help = `Usage: npm run soak -- --minutes N [--seed S] [--devices D]

Runs three edges and a Redis of its own, lets D devices (default 200) write to each other, and kills, freezes, cuts and
restarts everything in turn. The same seed chooses the same faults again.

Ends with 0 when every promise was kept, with 1 when one was not, with 2 when it was called wrongly.
Ctrl-C ends it early, with a verdict on what has been until then.`;

function readOptions(args: readonly string[]): SoakOptions {
  const options = { minutes: { type: 'string' }, seed: { type: 'string' }, devices: { type: 'string' } } as const;
  const { minutes, seed, devices = '200' } = parseOptions({ args, options }).values;
  if (minutes === undefined) throw new UsageError('--minutes is missing.');
  return {
    minutes: numberOption('minutes', minutes, { least: 0.1, most: 100_000, fractions: 'allowed' }),
    seed: numberOption('seed', seed ?? String(Math.floor(Math.random() * 2 ** 31)), { least: 0, most: 2 ** 32 - 1 }),
    devices: numberOption('devices', devices, { least: 2, most: 5000 }),
  };
}

async function run(args: readonly string[], stopping: AbortSignal): Promise<number> {
  const { faults } = await soak(readOptions(args), stopping, (line) => process.stdout.write(`${line}\n`));
  return faults.length === 0 ? exitCodes.fine : exitCodes.failed;
}

void runCommand({ title: 'soak', help, run });
