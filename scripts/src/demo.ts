/** What ./scripts/demo runs once everything is installed and built. */
import { exitCodes, runCommand } from '@openrelay/launch';
import { edgeUrls } from './demo/edge-urls';
import { type Cluster, findCluster } from './demo/find-cluster';
import { Participant } from './demo/participant';
import { runSteps, type Screen } from './demo/steps';
import { story } from './demo/story';
import { foldersIn } from './up/folders';

const screen: Screen = {
  colours: process.stdout.isTTY === true && !process.env.NO_COLOR,
  print: (line) => void process.stdout.write(`${line}\n`),
};

async function demo(args: readonly string[], stopping: AbortSignal): Promise<number> {
  const urls = edgeUrls(args);
  const redisUrl = process.env.REDIS_URL || undefined;
  const cluster = await findCluster({ urls, redisUrl, folders: foldersIn() }, screen.print);
  // A cluster of the demo's own is stopped in order, however the demo ends.
  try {
    stopping.throwIfAborted();
    return await playStory(cluster, stopping);
  } finally {
    await cluster.stop();
  }
}

async function playStory({ urls, origin }: Cluster, stopping: AbortSignal): Promise<number> {
  const phone = new Participant('phone');
  const laptop = new Participant('laptop');
  screen.print(`Two devices on ${origin}: ${placesOf(urls)}\n`);
  const outcome = await runSteps(story(phone, laptop, urls), screen, stopping);
  await Promise.all([phone.disconnect(), laptop.disconnect()]);
  stopping.throwIfAborted();
  if (outcome.type === 'failed') {
    process.stderr.write(`\nThe demo failed at the step "${outcome.title}": ${outcome.why}\n`);
    return exitCodes.failed;
  }
  screen.print(`\nAll ${outcome.steps} steps happened, in ${outcome.tookMs.toFixed(0)} ms.`);
  return exitCodes.fine;
}

function placesOf([first, second]: Cluster['urls']): string {
  return first === second ? `both devices on the only edge, ${first}` : `edge 1 is ${first}, edge 2 is ${second}`;
}

void runCommand({ title: 'demo', help: 'Usage: demo [--url URL [--url URL]]; see ./scripts/demo --help.', run: demo });
