import { setTimeout as pause } from 'node:timers/promises';
import { greetAgent } from '../control/agent-connection';
import { Failure } from '../failures/failure';
import type { Commands } from './commands';

const endMs = 15_000;
const againMs = 50;

export function registerDown({ program, act }: Commands): void {
  const command = program.command('down').description('end what “openrelay up” started; what waits to be sent is kept');
  act(command, async (session) => {
    const greeting = await greetAgent(session.world.folders.socket);
    if (greeting === undefined) {
      session.voice.tell({ event: 'down', ran: false }, () => ['It does not run.']);
      return 0;
    }
    await session.ask('stop', {});
    const endsAt = performance.now() + endMs;
    while (isAlive(greeting.pid)) {
      if (performance.now() >= endsAt)
        throw new Failure(3, `Process ${greeting.pid} has not ended yet: look at its log.`);
      await pause(againMs);
    }
    session.voice.tell({ event: 'down', ran: true }, () => ['Ended.']);
    return 0;
  });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
