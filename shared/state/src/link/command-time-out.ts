import { Command } from 'ioredis';

/** What ioredis clears when the command is settled. */
type TimedCommand = Pick<Command, 'isSettled' | 'reject'> & { _commandTimeoutTimer?: NodeJS.Timeout };

function timeOut(command: TimedCommand): void {
  if (!command.isSettled) command.reject(new Error('Command timed out'));
}

/**
 * Has every command of ioredis time out only after this process has read its sockets. When the process was held up, its timers
 * fire first, and the answer to the command may have come long ago: Redis would be taken for silent, and what it did for refused.
 */
export function readAnswersBeforeTimeOut(): void {
  Command.prototype.setTimeout = function (this: Command, ms: number) {
    const command = this as unknown as TimedCommand;
    command._commandTimeoutTimer ??= setTimeout(() => setImmediate(timeOut, command), ms);
  };
}
