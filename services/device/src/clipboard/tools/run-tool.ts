import { spawn } from 'node:child_process';
import { ClipboardError } from '../clipboard';

export type ToolEnd = {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly output: Buffer;
  /** `cut`: it had more to say than was asked for, and was ended. */
  readonly size: 'whole' | 'cut';
};

export type ToolRun = {
  readonly command: string;
  readonly args: readonly string[];
  readonly input?: Uint8Array | undefined;
  /** Default: none is read, as a tool that goes on in the background would keep the pipe open. */
  readonly mostOutputBytes?: number | undefined;
  /** To its end, or between pieces of its output: an application that owns the clipboard and hangs makes a tool wait for ever. */
  readonly timeoutMs?: number | undefined;
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
};

const longestMs = 10_000;
const firstMs = 1_000;

/** Runs one of the platform's tools to its end. Rejects with a ClipboardError when it can't be started or does not end. */
export function runTool(run: ToolRun): Promise<ToolEnd> {
  const { command, args, input, mostOutputBytes = 0, timeoutMs = longestMs, env } = run;
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      env: env && { ...env },
      stdio: ['pipe', mostOutputBytes > 0 ? 'pipe' : 'ignore', 'ignore'],
      windowsHide: true,
    });
    const pieces: Buffer[] = [];
    let bytes = 0;
    const late = (): void => {
      child.kill('SIGKILL');
      reject(new ClipboardError(`${command} did not answer within ${timeoutMs / 1000} s. Copy something again.`));
    };
    let timer = setTimeout(late, timeoutMs);
    child.stdout?.on('data', (piece: Buffer) => {
      bytes += piece.length;
      clearTimeout(timer);
      timer = setTimeout(late, timeoutMs);
      if (bytes > mostOutputBytes) child.kill('SIGKILL');
      else pieces.push(piece);
    });
    child.on('error', (error) => {
      clearTimeout(timer);
      reject(new ClipboardError(`${command} could not be started: ${error.message}`));
    });
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve({ code, output: Buffer.concat(pieces), size: bytes > mostOutputBytes ? 'cut' : 'whole' });
    });
    // One that ended early has said so by its code.
    child.stdin?.on('error', () => {});
    child.stdin?.end(input);
  });
}

/** For reading: an owner that ends just when it is asked never answers, while the next one would. */
export async function readByTool(run: ToolRun): Promise<ToolEnd> {
  return runTool({ ...run, timeoutMs: firstMs }).catch(() => runTool(run));
}
