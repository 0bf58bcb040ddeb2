import { appendFile, open, stat } from 'node:fs/promises';
import { greetAgent } from '../control/agent-connection';
import type { Greeting } from '../control/greeting';
import { diskError } from '../failures/disk-error';
import { Failure } from '../failures/failure';
import { poll } from '../session/poll';
import type { World } from '../session/world';
import { privateFolder } from '../settings/private-folder';

const startMs = 20_000;
const lastWordsBytes = 4_000;

export function logFileOf({ folders }: World): string {
  return `${folders.state}/agent.log`;
}

/** Starts the agent in the background. Rejects with a Failure that has its last words. */
export async function startAgent(world: World, relay: string, signal: AbortSignal): Promise<Greeting> {
  await privateFolder(world.folders.state);
  const logFile = logFileOf(world);
  const from = (await stat(logFile).catch(() => undefined))?.size ?? 0;
  const child = world.startInBackground(['up', '--foreground', '--log', logFile, '--relay', relay], logFile);
  let ended: 'no' | 'yes' = 'no';
  void child.exited.then(() => {
    ended = 'yes';
  });
  const answer = async (): Promise<Greeting | undefined> => {
    const greeting = await greetAgent(world.folders.socket);
    if (greeting === undefined && ended === 'yes') throw new Failure(3, await lastWords(logFile, from));
    return greeting;
  };
  const greeting = await poll(answer, startMs, signal);
  if (greeting !== undefined) return greeting;
  throw new Failure(3, `The agent does not begin to answer: look at ${logFile}.`);
}

async function lastWords(logFile: string, from: number): Promise<string> {
  const handle = await open(logFile, 'r').catch(() => undefined);
  if (handle === undefined) return `The agent ended at once, without a word in ${logFile}.`;
  try {
    const { size } = await handle.stat();
    const begin = Math.max(size < from ? 0 : from, size - lastWordsBytes);
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(size - begin), 0, size - begin, begin);
    const lines = buffer.toString('utf8', 0, bytesRead).trim().split('\n');
    const [last = ''] = lines.slice(-1);
    return last.replace(/^\d{4}-\S+Z /, '') || (await withoutWords(logFile));
  } finally {
    await handle.close();
  }
}

/** On a full disk there is no place for last words. */
async function withoutWords(logFile: string): Promise<string> {
  return appendFile(logFile, `The agent ended at once.\n`).then(
    () => `The agent ended at once, without a word in ${logFile}.`,
    (error: unknown) => `The agent ended at once. ${diskError(logFile, 'can’t be written', error).message}`,
  );
}
