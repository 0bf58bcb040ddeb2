/** What ./scripts/compose-test runs: the stack of docker-compose.yml in all its shapes, from nothing to nothing. */
import { exitCodes, numberOption, parseOptions, runCommand, UsageError } from '@openrelay/launch';
import { type ComposeOptions, composeRun } from './compose/compose-run';
import { scenarios } from './compose/scenarios';

const known = Object.keys(scenarios);

function readOptions(args: readonly string[]): ComposeOptions & { minutes: number } {
  const { values, positionals } = parseOptions({
    args,
    allowPositionals: true,
    options: { authority: { type: 'string', default: '' }, minutes: { type: 'string', default: '20' } },
  });
  const unknown = positionals.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new UsageError(`"${unknown}" is none of ${known.join(', ')}.`);
  const minutes = numberOption('minutes', values.minutes, { least: 1, most: 240 });
  return { folder: values.authority, names: positionals.length === 0 ? known : positionals, minutes };
}

const startedMs = performance.now();

function say(line: string): void {
  const seconds = Math.round((performance.now() - startedMs) / 1000);
  process.stdout.write(`${String(seconds).padStart(4)} s  ${line}\n`);
}

async function run(args: readonly string[], stopping: AbortSignal): Promise<number> {
  const options = readOptions(args);
  const ending = new AbortController();
  const end = () => ending.abort();
  stopping.addEventListener('abort', end);
  const bound = setTimeout(end, options.minutes * 60_000);
  try {
    await composeRun(options, ending.signal, say);
  } catch (error) {
    if (stopping.aborted || !ending.signal.aborted) throw error;
    throw new Error(`not done within ${options.minutes} minutes: ${String(error)}`);
  } finally {
    clearTimeout(bound);
  }
  say('passed');
  return exitCodes.fine;
}

void runCommand({ title: 'compose-test', help: 'Usage: see ./scripts/compose-test --help.', run });
