import { runAgent } from '../agent/agent';
import { AgentLog } from '../agent/agent-log';
import { logFileOf, startAgent } from '../agent/start-agent';
import { greetAgent } from '../control/agent-connection';
import type { Greeting } from '../control/greeting';
import { failureOf } from '../failures/failure-of';
import type { Extension } from '../holding/extension';
import { chooseRelay } from '../session/choose-relay';
import type { CommonOptions, Session } from '../session/session';
import type { Commands } from './commands';

type UpOptions = CommonOptions & { readonly foreground?: true; readonly log?: string };

const connectedMs = 5_000;

export function registerUp({ program, act }: Commands, extensions: readonly Extension[]): void {
  const command = program
    .command('up')
    .description('keep this device connected, so that what is sent to it arrives; ends by “openrelay down”')
    .option('--foreground', 'stay in this terminal; Ctrl-C ends it')
    .option('--log <file>', 'with --foreground: write to this file in place of the terminal');
  act(command, async (session) => {
    const options = command.optsWithGlobals<UpOptions>();
    if ((await session.agent()) === 'runs') return alreadyRuns(session);
    const relay = await chooseRelay(session.world, session.voice, options.relay);
    if (options.foreground) return foreground(session, relay, options, extensions);
    return background(session, await startAgent(session.world, relay, session.signal));
  });
}

async function alreadyRuns(session: Session): Promise<0> {
  const greeting = await greetAgent(session.world.folders.socket);
  const pid = greeting?.pid ?? 0;
  session.voice.tell({ event: 'up', pid, relay: greeting?.relay, already: true }, () => [
    `It runs already (process ${pid}).`,
  ]);
  return 0;
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
async function background(session: Session, { pid, relay }: Greeting): Promise<0> {
  const connected = await session.ask('connect', { waitMs: connectedMs }).then(
    () => '',
    (error: unknown) => failureOf(error).message,
  );
  const { name } = await session.ask('identity', {});
  const log = logFileOf(session.world);
  session.voice.tell({ event: 'up', pid, relay, name, log, connected: connected === '' }, () => [
    `openrelay runs as “${name}” (process ${pid}); “openrelay down” ends it. Its log is ${log}.`,
    connected === '' ? `Connected to ${relay}.` : session.voice.paint('yellow', `${connected} It goes on trying.`),
  ]);
  return 0;
}
