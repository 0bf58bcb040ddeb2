import { join } from 'node:path';
import type { ServiceCall } from './service-call';
import type { ServiceHost } from './service-host';
import { startupText } from './startup-text';

/** The Startup folder of a user on Windows. Not tried on Windows. */
export function startupHost(appData: string, call: ServiceCall): ServiceHost {
  const path = join(appData, 'Microsoft/Windows/Start Menu/Programs/Startup/openrelay.cmd');
  return {
    file: { path, text: startupText(call) },
    start: async () => ({ runs: 'login', sentences: ['It begins at your next login; “openrelay up” begins it now.'] }),
    stop: (removed) => removed(),
  };
}
