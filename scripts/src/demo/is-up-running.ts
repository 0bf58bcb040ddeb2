import { spawnSync } from 'node:child_process';

/** Whether a ./scripts/up runs in this checkout: it holds the lock for as long as it lives. */
export function isUpRunning(lockFile: string): boolean {
  return spawnSync('flock', ['--shared', '--nonblock', lockFile, 'true']).status === 1;
}
