import { setTimeout as pause } from 'node:timers/promises';
import { greetAgent } from '../control/agent-connection';
import { Failure } from '../failures/failure';
import type { Session } from '../session/session';
import { isRunning } from '../stores/running-process';
import type { Commands } from './commands';

const endMs = 15_000;
const againMs = 50;

export function registerDown({ program, act }: Commands): void {
  const command = program.command('down').description('end what “openrelay up” started; what waits to be sent is kept');
  act(command, async (session) => {
    const ran = (await endAgent(session)) === 'ended';
    session.voice.tell({ event: 'down', ran }, () => [ran ? 'Ended.' : 'It does not run.']);
    return 0;
  });
}

/** Resolves when its process has ended. Rejects with a Failure when it does not. */
export async function endAgent(session: Session): Promise<'ended' | 'none'> {
  const greeting = await greetAgent(session.world.folders.socket);
  if (greeting === undefined) return 'none';
  await session.ask('stop', {});
  const endsAt = performance.now() + endMs;
  while (await isRunning({ pid: greeting.pid, started: undefined })) {
    if (performance.now() >= endsAt)
      throw new Failure(3, `Process ${greeting.pid} has not ended yet: look at its log.`);
    await pause(againMs);
  }
  return 'ended';
}
