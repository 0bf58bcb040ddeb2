import type { Writable } from 'node:stream';
import { Command } from 'ioredis';
import type { ScriptArgument } from '../scripts/contract';

/** One argument of a command, in pieces that are written one after the other. */
export type Pieces = readonly Uint8Array[];

function headOf(pieces: Pieces): string {
  return `$${pieces.reduce((bytes, piece) => bytes + piece.length, 0)}\r\n`;
}

/**
 * A call of a script that Redis knows, with large arguments in front of the last one. They go to the socket as they are, while
 * ioredis would copy all of a command into one piece.
 */
export class LargeCall extends Command {
  constructor(
    script: { sha: string; numberOfKeys: number },
    values: readonly ScriptArgument[],
    private readonly large: readonly Pieces[],
  ) {
    super('evalsha', [script.sha, script.numberOfKeys, ...values], { replyEncoding: null });
  }

  /** Writes all but the end, which it answers: ioredis writes that. */
  override toWritable(socket: object): string {
    const stream = socket as Writable;
    const args = this.args as (string | Buffer)[];
    let text = `*${1 + args.length + this.large.length}\r\n$${this.name.length}\r\n${this.name}\r\n`;
    const writePieces = (pieces: Pieces) => {
      stream.write(text + headOf(pieces));
      for (const piece of pieces) stream.write(piece);
      text = '\r\n';
    };
    const last = args.length - 1;
    stream.cork(); // one system call for all pieces
    for (const [index, arg] of args.entries()) {
      if (index === last) for (const pieces of this.large) writePieces(pieces);
      if (typeof arg === 'string') text += `$${Buffer.byteLength(arg)}\r\n${arg}\r\n`;
      else writePieces([arg]);
    }
    stream.uncork();
    return text;
  }
}
