import { runAgent } from '../agent/agent';
import { AgentLog } from '../agent/agent-log';
import { logFileOf, startAgent } from '../agent/start-agent';
import { greetAgent } from '../control/agent-connection';
import type { Greeting } from '../control/greeting';
import { failureOf } from '../failures/failure-of';
import type { Extension } from '../holding/extension';
import { chooseRelay } from '../session/choose-relay';
import type { CommonOptions, Session } from '../session/session';
import { secondsUntil } from '../terminal/units';
import type { LinkView } from '../work/works';
import type { Commands } from './commands';

type UpOptions = CommonOptions & { readonly foreground?: true; readonly log?: string };

/** An agent that runs has tried before. */
const connectedMs = { runs: 5_000, 'runs already': 2_000 } as const;

export function registerUp({ program, act }: Commands, extensions: readonly Extension[]): void {
  const command = program
    .command('up')
    .description('keep this device connected, so that what is sent to it arrives; ends by “openrelay down”')
    .option('--foreground', 'stay in this terminal; Ctrl-C ends it')
    .option('--log <file>', 'with --foreground: write to this file in place of the terminal');
  act(command, async (session) => {
    const options = command.optsWithGlobals<UpOptions>();
    const running = (await session.agent()) === 'runs' ? await greetAgent(session.world.folders.socket) : undefined;
    if (running !== undefined) return background(session, running, 'runs already');
    const relay = await chooseRelay(session.world, session.voice, options.relay);
    if (options.foreground) return foreground(session, relay, options, extensions);
    return background(session, await startAgent(session.world, relay, session.signal), 'runs');
  });
}

async function foreground(
  { world, voice }: Session,
  relay: string,
  { log: file }: UpOptions,
  extensions: readonly Extension[],
): Promise<0> {
  const logFile = file === undefined ? undefined : new AgentLog(file, world.now);
  const toTerminal = (sentence: string): void => voice.tell({ at: world.now(), sentence }, () => [sentence]);
  const log = logFile === undefined ? toTerminal : (sentence: string) => logFile.write(sentence);
  await runAgent(world, { relay, extensions, log });
  return 0;
}

/** The relay may be away: the agent goes on trying, and that is no failure. */
async function background(session: Session, { pid, relay }: Greeting, how: 'runs' | 'runs already'): Promise<0> {
  const { voice, world } = session;
  const why = await session.ask('connect', { waitMs: connectedMs[how] }).then(
    () => '',
    (error: unknown) => failureOf(error).message,
  );
  const { name, link } = await session.ask('status', {});
  const log = logFileOf(world);
  const connected = why === '';
  voice.tell({ event: 'up', pid, relay, name, log, connected, already: how === 'runs already' }, () => [
    `openrelay ${how} as “${name}” (process ${pid}); “openrelay down” ends it. Its log is ${log}.`,
    connected ? `Connected to ${relay}.` : voice.paint('yellow', `${why} ${nextTry(link, world.now())}`),
  ]);
  return 0;
}

function nextTry({ untilMs }: LinkView, now: number): string {
  return untilMs === undefined ? 'It goes on trying.' : `It tries again in ${secondsUntil(untilMs, now)}.`;
}
