import { join } from 'node:path';
import { launchdHost } from './launchd-host';
import { serviceCall } from './service-call';
import type { ServiceHost } from './service-host';
import { startupHost } from './startup-host';
import { systemdHost } from './systemd-host';

export type ServicePlace = {
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  /** Absolute paths of node and of this command. */
  readonly program: readonly [node: string, script: string];
  readonly logFile: string;
};

/** This machine's. Rejects with a Failure where there is none. */
export async function findServiceHost({ platform, env, home, program, logFile }: ServicePlace): Promise<ServiceHost> {
  const call = (...args: string[]) => serviceCall([...program, ...args], env);
  if (platform === 'darwin') return launchdHost(env, home, call('up', '--foreground', '--log', logFile), logFile);
  if (platform === 'win32') return startupHost(env.APPDATA || join(home, 'AppData/Roaming'), call('up'));
  return systemdHost(env, home, call('up', '--foreground'));
}
