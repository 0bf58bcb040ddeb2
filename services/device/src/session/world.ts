import type { WebSocketConstructor } from '@openrelay/client';
import type { Folders } from '../settings/folders';

/** Everything outside of the program that a command uses; tests bring their own. */
export type World = {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly folders: Folders;
  readonly platform: NodeJS.Platform;
  readonly hostName: string;
  readonly home: string;
  /** Absolute paths of node and of this command. */
  readonly program: readonly [node: string, script: string];
  readonly cwd: string;
  readonly pid: number;
  readonly version: string;
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly stdout: Output;
  readonly stderr: Output;
  readonly WebSocket: WebSocketConstructor;
  /** Unix ms. */
  readonly now: () => number;
  /** Called at Ctrl-C and at SIGTERM; returns what takes it away. */
  readonly onInterrupt: (listener: () => void) => () => void;
  /** Starts this program once more, which goes on when this process ends; its outputs go to the file. */
  readonly startInBackground: (args: readonly string[], logFile: string) => BackgroundProcess;
};

export type Output = {
  write(text: string): void;
  readonly isTerminal: boolean;
  columns(): number;
  readonly colours: 'yes' | 'no';
};

export type BackgroundProcess = {
  readonly pid: number | undefined;
  /** Its code; resolves when it has ended, or could not be started. */
  readonly exited: Promise<number | null>;
};
