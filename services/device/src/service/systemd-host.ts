import { join } from 'node:path';
import { Failure } from '../failures/failure';
import { type ProgramEnd, runProgram } from '../programs/run-program';
import type { ServiceCall } from './service-call';
import type { ServiceHost, Started, Written } from './service-host';
import { type UnitStart, unitText } from './unit-text';

type Env = Readonly<Record<string, string | undefined>>;
type Systemctl = (...args: string[]) => Promise<ProgramEnd>;

const unit = 'openrelay.service';
/** What the tools for the clipboard need. */
const displayNames = ['DISPLAY', 'WAYLAND_DISPLAY', 'XAUTHORITY'];

/** The user's manager of systemd. Rejects with a Failure where there is no systemd. */
export async function systemdHost(env: Env, home: string, call: ServiceCall): Promise<ServiceHost> {
  const systemctl: Systemctl = (...args) => runProgram({ words: ['systemctl', '--user', ...args], env });
  const display = displayNames.filter((name) => env[name]);
  const manager = await answerOf(systemctl);
  if (manager === 'missing') throw new Failure(3, withoutSystemd(call));
  const start = await startOf(systemctl, display);
  const path = join(env.XDG_CONFIG_HOME || join(home, '.config'), 'systemd/user', unit);
  return {
    file: { path, text: unitText(call, start) },
    start: async (written, endAgent) =>
      manager === 'silent' ? untold : begin(systemctl, { written, endAgent, display, start }),
    stop: async (removed) => {
      if (manager === 'answers') await systemctl('disable', '--now', unit);
      await removed();
      if (manager === 'answers') await systemctl('daemon-reload');
    },
  };
}

const untold: Started = {
  runs: 'when told',
  sentences: [
    'Your systemd does not answer here, as without a login of your own: in one, type “systemctl --user enable --now openrelay”.',
  ],
};

function withoutSystemd({ words }: ServiceCall): string {
  const line = words.filter((word) => word !== '--foreground').map((word) => `'${word}'`);
  return `There is no systemd here: have what starts your session run ${line.join(' ')}`;
}

async function answerOf(systemctl: Systemctl): Promise<'answers' | 'silent' | 'missing'> {
  const asked = await systemctl('show', '--property=Version');
  if (asked.is === 'missing') return 'missing';
  return asked.is === 'ended' && asked.code === 0 ? 'answers' : 'silent';
}

async function startOf(systemctl: Systemctl, display: readonly string[]): Promise<UnitStart> {
  if (display.length === 0) return 'login';
  const asked = await systemctl('is-active', 'graphical-session.target');
  return asked.is === 'ended' && asked.code === 0 ? 'desktop' : 'login';
}

type Beginning = {
  readonly written: Written;
  readonly endAgent: () => Promise<void>;
  readonly display: readonly string[];
  readonly start: UnitStart;
};

async function begin(systemctl: Systemctl, { written, endAgent, display, start }: Beginning): Promise<Started> {
  if (display.length > 0) await told(systemctl, 'import-environment', ...display);
  await told(systemctl, 'daemon-reload');
  // Also away from where an earlier unit was wanted.
  await told(systemctl, 'reenable', unit);
  const active = await systemctl('is-active', unit);
  const isActive = active.is === 'ended' && active.code === 0;
  if (!isActive || written === 'new') {
    await told(systemctl, 'stop', unit);
    await endAgent();
    await told(systemctl, 'start', unit);
  }
  return { runs: 'now', sentences: [whenItRuns(start, display)] };
}

function whenItRuns(start: UnitStart, display: readonly string[]): string {
  if (start === 'desktop') return 'It runs while you are at your desktop. Its log: “journalctl --user -u openrelay”.';
  if (display.length === 0)
    return 'It runs while you are logged in, and always after “loginctl enable-linger”. Its log: “journalctl --user -u openrelay”.';
  return `It runs while you are logged in. For the clipboard, have your desktop run “systemctl --user import-environment ${display.join(' ')}” and “systemctl --user restart openrelay” at its start: it does not tell systemd of itself.`;
}

async function told(systemctl: Systemctl, ...args: string[]): Promise<void> {
  const ended = await systemctl(...args);
  if (ended.is === 'ended' && ended.code === 0) return;
  const why = ended.is === 'ended' ? ended.stderr.trim().split('\n').at(-1) : 'it did not answer';
  throw new Failure(3, `“systemctl --user ${args.join(' ')}” failed: ${why || 'it did not say why'}`);
}
