/** `npm run soak`: the relay under traffic and faults of all kinds for as long as wanted, and whether it kept its promises. */
import { parseArgs } from 'node:util';
import { type SoakOptions, soak } from './soak/soak-run';

const help = `Usage: npm run soak -- --minutes N [--seed S] [--devices D]

Runs three edges and a Redis of its own, lets D devices (default 200) write to each other, and kills, freezes, cuts and
restarts everything in turn. The same seed chooses the same faults again.

Ends with 0 when every promise was kept, with 1 when one was not, with 2 when it was called wrongly.
Ctrl-C ends it early, with a verdict on what has been until then.`;

function readOptions(args: readonly string[]): SoakOptions {
  const { values } = parseArgs({
    args: [...args],
    options: { minutes: { type: 'string' }, seed: { type: 'string' }, devices: { type: 'string' } },
  });
  return {
    minutes: numberIn('minutes', values.minutes, { least: 0.1, most: 100_000 }),
    seed: numberIn('seed', values.seed ?? String(Math.floor(Math.random() * 2 ** 31)), { least: 0, most: 2 ** 32 - 1 }),
    devices: numberIn('devices', values.devices ?? '200', { least: 2, most: 5000 }),
  };
}

function numberIn(name: string, text: string | undefined, { least, most }: { least: number; most: number }): number {
  const value = Number(text || Number.NaN);
  if (value >= least && value <= most) return value;
  throw new RangeError(`--${name} must be a number from ${least} to ${most}.`);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function main(args: readonly string[], signal: AbortSignal): Promise<number> {
  if (args.includes('--help')) {
    say(help);
    return 0;
  }
  let options: SoakOptions;
  try {
    options = readOptions(args);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${help}\n`);
    return 2;
  }
  const { faults } = await soak(options, signal, say);
  return faults.length === 0 ? 0 : 1;
}

const stopping = new AbortController();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => stopping.abort());

main(process.argv.slice(2), stopping.signal).then(
  (code) => {
    process.exitCode = code;
  },
  (error: Error) => {
    process.stderr.write(`soak: ${error.message}\n`);
    process.exitCode = 1;
  },
);
