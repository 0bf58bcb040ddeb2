import { greetAgent } from '../control/agent-connection';
import { Failure } from '../failures/failure';
import { poll } from '../session/poll';
import type { Session } from '../session/session';
import { isRunning } from '../stores/running-process';
import type { Commands } from './commands';

const endMs = 15_000;

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
  const { pid } = greeting;
  const ended = await poll(async () => ((await isRunning({ pid, started: undefined })) ? undefined : 'ended'), endMs);
  if (ended === undefined) throw new Failure(3, `Process ${pid} has not ended yet: look at its log.`);
  return 'ended';
}
