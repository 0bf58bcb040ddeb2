import { readdirSync, readFileSync } from 'node:fs';

type ChildProcess = {
  readonly pid: number;
  /** Its command line and its environment, each word between zeros. */
  readonly words: string;
};

/** Processes that this one started and that have not ended. */
export function children(): ChildProcess[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.filter((pid) => isRunningChild(pid)).map((pid) => ({ pid: Number(pid), words: wordsOf(pid) }));
}

export function childWith(word: string): ChildProcess {
  const found = children().filter(({ words }) => words.includes(word));
  if (found.length !== 1) throw new Error(`${found.length} children have ${JSON.stringify(word)}.`);
  return found[0]!;
}

/** https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html: behind the name in brackets come the state and the parent. */
function isRunningChild(pid: string): boolean {
  const [state, parent] = read(`/proc/${pid}/stat`)
    .replace(/^.*\) /s, '')
    .split(' ');
  return state !== 'Z' && Number(parent) === process.pid;
}

function wordsOf(pid: string): string {
  return `\0${read(`/proc/${pid}/cmdline`)}\0${read(`/proc/${pid}/environ`)}`;
}

/** It may be gone by now. */
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
