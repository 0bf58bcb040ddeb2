import type { Command } from 'commander';
import type { ExitCode } from '../failures/exit-code';
import type { Session } from '../session/session';

/** Where a command adds itself to the program. */
export type Commands = {
  readonly program: Command;
  /** @param work what the command does, in a session that is closed after it, with its arguments as they were typed */
  readonly act: (command: Command, work: (session: Session, words: readonly string[]) => Promise<ExitCode>) => void;
};
