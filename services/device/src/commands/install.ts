import { logFileOf } from '../agent/start-agent';
import { greetAgent } from '../control/agent-connection';
import { Failure } from '../failures/failure';
import { findServiceHost } from '../service/find-service-host';
import { removeServiceFile, writeServiceFile } from '../service/service-file';
import type { ServiceHost } from '../service/service-host';
import { chooseRelay } from '../session/choose-relay';
import { poll } from '../session/poll';
import type { Session } from '../session/session';
import type { World } from '../session/world';
import { privateFolder } from '../settings/private-folder';
import type { Commands } from './commands';
import { endAgent } from './down';

const answerMs = 20_000;

export function registerInstall({ program, act }: Commands): void {
  const install = program
    .command('install')
    .description('have “openrelay up” run at each login, and now: by systemd, launchd, or Windows’ Startup folder')
    .option('--print', 'show the file that would be written, and write nothing');
  act(install, async (session) => {
    const { print, relay } = install.optsWithGlobals<{ print?: true; relay?: string }>();
    const host = await hostOf(session.world);
    if (print) return show(session, host);
    refusePassing(session.world);
    await session.agent(); // one that uses another relay is told before anything is written
    await chooseRelay(session.world, session.voice, relay);
    return begin(session, host);
  });

  const uninstall = program
    .command('uninstall')
    .description('end what “openrelay install” began; keys, peers and settings stay');
  act(uninstall, async ({ world, voice }) => {
    const host = await hostOf(world);
    let removed: 'removed' | 'none' = 'none';
    await host.stop(async () => {
      removed = await removeServiceFile(host.file);
    });
    voice.tell({ event: 'uninstall', path: host.file.path, removed }, () => [
      (removed as string) === 'removed'
        ? `Removed ${host.file.path}. Keys, peers and settings stay; “openrelay up” still runs it by hand.`
        : 'It is not installed.',
    ]);
    return 0;
  });
}

function hostOf(world: World): Promise<ServiceHost> {
  const { platform, env, home, program } = world;
  return findServiceHost({ platform, env, home, program, logFile: logFileOf(world) });
}

function show({ voice }: Session, { file }: ServiceHost): 0 {
  voice.show({ event: 'service-file', ...file }, () => file.text.trimEnd().split('\n'));
  return 0;
}

/** What npx fetched is thrown away some day. */
function refusePassing({ program: [, script] }: World): void {
  if (!/[\\/]_npx[\\/]/.test(script)) return;
  throw new Failure(
    1,
    'npx keeps this command only for a while: “npm install --global” it first, and “openrelay install” then.',
  );
}

async function begin(session: Session, host: ServiceHost): Promise<0> {
  const { world, voice } = session;
  await privateFolder(world.folders.state);
  const written = await writeServiceFile(host.file);
  const started = await host.start(written, async () => void (await endAgent(session)));
  if (started.runs === 'now') await untilItAnswers(world);
  const { path } = host.file;
  voice.tell({ event: 'install', path, written, runs: started.runs }, () => [
    written === 'new' ? `Wrote ${path}.` : `${path} is as it was.`,
    ...(started.runs === 'now' ? ['openrelay runs, now and from each login on; “openrelay uninstall” ends that.'] : []),
    ...started.sentences,
  ]);
  return 0;
}

async function untilItAnswers({ folders }: World): Promise<void> {
  if ((await poll(() => greetAgent(folders.socket), answerMs)) !== undefined) return;
  throw new Failure(
    3,
    'It was started, and does not answer: look at “journalctl --user -u openrelay” (on macOS, its log).',
  );
}
