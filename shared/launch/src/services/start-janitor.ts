import { join } from 'node:path';
import { repositoryRoot } from '../processes/repository-root';
import { type RunningService, type ServiceOptions, startService } from './service';

/**
 * A janitor that is ready to run its jobs, which its log tells: it needs LOG_LEVEL `info`. Rejects with a sentence
 * and the end of its output when it does not become so.
 */
export function startJanitor(options: ServiceOptions): Promise<RunningService> {
  let isReady = false;
  return startService(options, {
    title: 'The janitor',
    entry: join(repositoryRoot, 'services/janitor/dist/main.js'),
    graceMs: 10_000,
    onLine: (line) => {
      isReady ||= line.includes('"janitor.ready"');
    },
    steps: { 'become ready': () => isReady },
  });
}
