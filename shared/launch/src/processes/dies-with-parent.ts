import { spawnSync } from 'node:child_process';

let supported: boolean | undefined;

/**
 * A command that runs as the given one, under the same pid, and gets SIGTERM when this process dies in any way, SIGKILL included
 * (PR_SET_PDEATHSIG). Where the system has no `setpriv` that can do so, the command as it is.
 */
export function diesWithParent(command: string, args: readonly string[]): { command: string; args: string[] } {
  supported ??= spawnSync('setpriv', ['--pdeathsig', 'TERM', 'true'], { stdio: 'ignore' }).status === 0;
  if (!supported) return { command, args: [...args] };
  return { command: 'setpriv', args: ['--pdeathsig', 'TERM', command, ...args] };
}
