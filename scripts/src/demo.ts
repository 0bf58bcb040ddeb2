import { constants } from 'node:os';
import { readCommandLine } from './demo/command-line';
import { type Cluster, findCluster } from './demo/find-cluster';
import { Participant } from './demo/participant';
import { explain, runSteps, type Screen } from './demo/steps';
import { story } from './demo/story';
import { foldersIn } from './up/folders';

type ExitCode = number;

const screen: Screen = {
  colours: process.stdout.isTTY === true && !process.env.NO_COLOR,
  print: (line) => void process.stdout.write(`${line}\n`),
};

async function main(words: readonly string[]): Promise<ExitCode> {
  const command = readCommandLine(words);
  if (command.type === 'wrong') {
    process.stderr.write(`${command.why}\n./scripts/demo --help tells how to use it.\n`);
    return 2;
  }
  const interrupted = onStopSignal();
  const redisUrl = process.env.REDIS_URL || undefined;
  const cluster = await findCluster({ urls: command.urls, redisUrl, folders: foldersIn() }, screen.print);
  try {
    const code = interrupted.aborted ? 0 : await tell(cluster, interrupted);
    return interrupted.aborted ? (interrupted.reason as ExitCode) : code;
  } finally {
    await cluster.stop();
  }
}

async function tell({ urls, origin }: Cluster, interrupted: AbortSignal): Promise<ExitCode> {
  const phone = new Participant('phone');
  const laptop = new Participant('laptop');
  screen.print(`Two devices on ${origin}: ${placesOf(urls)}`);
  screen.print(
    `  phone ${phone.identity.hardwareId.slice(0, 8)}…, laptop ${laptop.identity.hardwareId.slice(0, 8)}…\n`,
  );
  const outcome = await runSteps(story(phone, laptop, urls), screen, interrupted);
  await Promise.all([phone.disconnect(), laptop.disconnect()]);
  if (interrupted.aborted) return 1;
  if (outcome.type === 'failed') {
    process.stderr.write(`\nThe demo failed at the step "${outcome.title}": ${outcome.why}\n`);
    return 1;
  }
  screen.print(`\nAll ${outcome.steps} steps happened, in ${outcome.tookMs.toFixed(0)} ms.`);
  return 0;
}

function placesOf([first, second]: Cluster['urls']): string {
  return first === second ? `both devices on the only edge, ${first}` : `edge 1 is ${first}, edge 2 is ${second}`;
}

/** A cluster of the demo's own is stopped in order, however the demo ends. The reason of the signal is the exit code. */
function onStopSignal(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (!controller.signal.aborted) process.stderr.write('Interrupted.\n');
      controller.abort(128 + constants.signals[signal]);
    });
  }
  // A reader that goes away, as `head` does.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', () => controller.abort(1));
  }
  return controller.signal;
}

async function run(): Promise<void> {
  let code: ExitCode = 1;
  try {
    code = await main(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`${explain(error)}\n`);
  }
  // A wait that a failed step left behind must not hold the process up.
  process.exit(code);
}

// It never rejects: what goes wrong is its exit code.
void run();
