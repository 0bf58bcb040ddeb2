import { readFile } from 'node:fs/promises';

/** `started` tells a process from a later one that got the same number; only Linux says it. */
export type RunningProcess = { readonly pid: number; readonly started: string | undefined };

export async function thisProcess(): Promise<RunningProcess> {
  return { pid: process.pid, started: (await lookAt(process.pid))?.started };
}

/** One that was killed counts as ended at once, also while nobody has asked for its exit code, as init does late in a container. */
export async function isRunning({ pid, started }: RunningProcess): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  const found = await lookAt(pid);
  if (found === undefined) return true;
  return found.is === 'running' && (started === undefined || started === found.started);
}

type Look = { readonly is: 'running' | 'ended'; readonly started: string };

/**
 * proc(5): of `stat` the fields 3 (state), 20 (threads), and 22 (start, in ticks since the machine started); the 2nd may hold spaces
 * and brackets. A process is over when none of its threads may still write.
 */
async function lookAt(pid: number): Promise<Look | undefined> {
  try {
    const text = await readFile(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const isOver = /^[ZXx]$/.test(fields[0]!) && Number(fields[17]) <= 1;
    return { is: isOver ? 'ended' : 'running', started: fields[19]! };
  } catch {
    return undefined;
  }
}
