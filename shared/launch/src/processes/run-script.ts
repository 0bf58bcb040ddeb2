import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** For what hangs, on a machine however slow. */
const mostMs = 60_000;

export type ScriptRun = {
  /** null: it was killed, as it did not end in time. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
};

/** Runs a script that is expected to end by itself, with these settings and PATH alone. */
export async function runScript(
  entry: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<ScriptRun> {
  const child = spawn(process.execPath, [entry, ...args], { env: { PATH: process.env.PATH, ...env }, timeout: mostMs });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout, stderr };
}
