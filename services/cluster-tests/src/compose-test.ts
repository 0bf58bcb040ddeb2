/** What ./scripts/compose-test runs: the stack of docker-compose.yml in all its shapes, from nothing to nothing. */
import { parseArgs } from 'node:util';
import { type ComposeOptions, composeRun } from './compose/compose-run';
import { scenarios } from './compose/scenarios';

const known = Object.keys(scenarios);
const interrupted = 130;

function readOptions(args: readonly string[]): ComposeOptions & { minutes: number } {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { authority: { type: 'string' }, minutes: { type: 'string' } },
  });
  const unknown = positionals.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new RangeError(`"${unknown}" is none of ${known.join(', ')}.`);
  const minutes = Number(values.minutes ?? '20');
  if (!(minutes >= 1 && minutes <= 240)) throw new RangeError('--minutes must be a number from 1 to 240.');
  return { folder: values.authority ?? '', names: positionals.length === 0 ? known : positionals, minutes };
}

const startedMs = performance.now();

function say(line: string): void {
  const seconds = Math.round((performance.now() - startedMs) / 1000);
  process.stdout.write(`${String(seconds).padStart(4)} s  ${line}\n`);
}

function fail(code: number, error: unknown): void {
  process.stderr.write(`compose-test: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = code;
}

const stopping = new AbortController();
let stopped: 'by somebody' | 'by its bound' | undefined;
function stop(by: typeof stopped): void {
  stopped ??= by;
  stopping.abort();
}
// A second one must not end the tidying up.
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => stop('by somebody'));
process.stdout.on('error', () => stop('by somebody'));

async function main(): Promise<void> {
  let options: ReturnType<typeof readOptions>;
  try {
    options = readOptions(process.argv.slice(2));
  } catch (error) {
    fail(2, error);
    return;
  }
  const bound = setTimeout(() => stop('by its bound'), options.minutes * 60_000);
  try {
    await composeRun(options, stopping.signal, say);
    say('passed');
  } catch (error) {
    if (stopped === 'by somebody') fail(interrupted, 'interrupted');
    else fail(1, stopped === 'by its bound' ? `not done within ${options.minutes} minutes: ${String(error)}` : error);
  } finally {
    clearTimeout(bound);
  }
}

// A wait that a failed step left behind must not hold the process up.
void main().then(() => process.exit());
