/** `./scripts/up`: a cluster on this machine, until Ctrl-C. */
import { rmSync } from 'node:fs';
import { killChildren } from '@openrelay/launch';
import { foldersIn } from './up/folders';
import { runCluster } from './up/run';
import { stopRequests } from './up/stop-requests';

const folders = foldersIn();
const killedByUser = 130;

const stopAsked = new Promise<void>((resolve) => {
  const onSignal = stopRequests({ stop: resolve, stopAtOnce: killAtOnce, monotonicMs: () => performance.now() });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
});

function killAtOnce(): void {
  killChildren();
  rmSync(folders.cluster, { force: true });
  process.exit(killedByUser);
}

// A terminal that was closed must not keep the cluster from being stopped in order.
process.stdout.on('error', () => undefined);

void runCluster({ env: process.env, folders, stopAsked, say: (line) => console.log(line) }).then((exitCode) => {
  process.exitCode = exitCode;
});
