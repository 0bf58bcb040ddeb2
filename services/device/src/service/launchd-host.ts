import { join } from 'node:path';
import { runProgram } from '../programs/run-program';
import { launchdLabel, launchdText } from './launchd-text';
import type { ServiceCall } from './service-call';
import type { ServiceHost } from './service-host';

type Env = Readonly<Record<string, string | undefined>>;

/** The session of a user on macOS. Not tried on a Mac. */
export function launchdHost(env: Env, home: string, call: ServiceCall, logFile: string): ServiceHost {
  const path = join(home, 'Library/LaunchAgents', `${launchdLabel}.plist`);
  const session = `gui/${process.getuid?.() ?? 0}`;
  const launchctl = (...args: string[]) => runProgram({ words: ['launchctl', ...args], env });
  const isLoaded = async (): Promise<'yes' | 'no'> => {
    const asked = await launchctl('print', `${session}/${launchdLabel}`);
    return asked.is === 'ended' && asked.code === 0 ? 'yes' : 'no';
  };
  return {
    file: { path, text: launchdText(call, logFile) },
    start: async (written, endAgent) => {
      if (written === 'same' && (await isLoaded()) === 'yes') return { runs: 'now', sentences: [] };
      await launchctl('bootout', `${session}/${launchdLabel}`); // one that is not there is refused
      await endAgent();
      const begun = await launchctl('bootstrap', session, path);
      if (begun.is === 'ended' && begun.code === 0) return { runs: 'now', sentences: [`Its log is ${logFile}.`] };
      const sentence = `launchd did not take it here: in a session of your own, type “launchctl bootstrap ${session} '${path}'”.`;
      return { runs: 'when told', sentences: [sentence] };
    },
    stop: async (removed) => {
      await launchctl('bootout', `${session}/${launchdLabel}`);
      await removed();
    },
  };
}
