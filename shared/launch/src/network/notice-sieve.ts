/** Where a line of a reply ends, its CR LF included; undefined when it has not come whole. */
function endOfLine(bytes: Buffer, from: number): number | undefined {
  const end = bytes.indexOf('\r\n', from, 'latin1');
  return end === -1 ? undefined : end + 2;
}

/** What a reply begins with: a text of so many bytes, or so many replies for each that is counted. All others are one line. */
const texts = '$=!';
const repliesForEach: Readonly<Record<string, number>> = { '*': 1, '~': 1, '>': 1, '%': 2, '|': 2 };

/** Where the reply of RESP2 or RESP3 that begins at `from` ends; undefined when it has not come whole. */
function endOfReply(bytes: Buffer, from: number): number | undefined {
  const end = endOfLine(bytes, from);
  if (end === undefined) return undefined;
  const kind = String.fromCharCode(bytes[from]!);
  const count = Number(bytes.toString('latin1', from + 1, end - 2));
  if (texts.includes(kind)) {
    const last = count < 0 ? end : end + count + 2;
    return last <= bytes.length ? last : undefined;
  }
  let last: number | undefined = end;
  const replies = count * (repliesForEach[kind] ?? 0);
  for (let i = 0; i < replies && last !== undefined; i += 1) last = endOfReply(bytes, last);
  return last;
}

const headsOfNotices = ['*', '>'].map((kind) => Buffer.from(`${kind}3\r\n$8\r\nsmessage\r\n`));

function isNotice(reply: Buffer): boolean {
  return headsOfNotices.some((head) => reply.subarray(0, head.length).equals(head));
}

/** Takes single messages of sharded channels out of what a Redis sends to a client. */
export class NoticeSieve {
  private rest: Buffer = Buffer.alloc(0);

  /** @param loses whether this message is to be lost; it is given as Redis sends it, with its channel */
  constructor(private readonly loses: (notice: Buffer) => boolean) {}

  /** Answers what is to be passed on of what has come whole. */
  pass(bytes: Buffer): Buffer {
    const all = this.rest.length === 0 ? bytes : Buffer.concat([this.rest, bytes]);
    const passed: Buffer[] = [];
    let at = 0;
    for (let end = endOfReply(all, at); end !== undefined; end = endOfReply(all, at)) {
      const reply = all.subarray(at, end);
      if (!isNotice(reply) || !this.loses(reply)) passed.push(reply);
      at = end;
    }
    this.rest = all.subarray(at);
    return Buffer.concat(passed);
  }
}
