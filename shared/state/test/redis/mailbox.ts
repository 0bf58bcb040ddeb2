/** The two structs of a mailbox (KEYS.md), as tests read and write them. */
export type Mailbox = {
  since: number;
  seenUntil: number;
  standing: 'strange' | 'seen' | 'known';
  flags: Flag[];
  node: string;
  session: string;
  seq: number;
  bytes: number;
  until: number;
  earliest: number;
  head: number;
  /** While a sweep is half done. */
  swept?: number;
  sweptEarliest?: number;
  /** Its messages, by number. */
  messages: Map<number, Buffer>;
  /** The numbers of its messages, by digest (latin1). */
  numbers: Map<string, number>;
};

type Flag = (typeof flags)[number];

const standings = ['strange', 'seen', 'known'] as const;
const flags = ['listed', 'hidden', 'counted', 'backpressured', 'offline'] as const;
const holderBytes = 18;

function timesOf(struct: Buffer): number[] {
  return Array.from({ length: Math.floor(struct.length / 8) }, (_, i) => Number(struct.readBigUInt64BE(8 * i)));
}

/** @param pairs names and values of its hash in turn */
export function readMailbox(pairs: readonly Buffer[]): Mailbox | undefined {
  const fields = new Map(pairs.flatMap((name, i) => (i % 2 === 0 ? [[name.toString('latin1'), pairs[i + 1]!]] : [])));
  const [d, b] = [fields.get('d'), fields.get('b')];
  if (!d || !b) return undefined;
  const [since = 0, seenUntil = 0] = timesOf(d.subarray(0, 16));
  const [node = '', session = ''] = d.subarray(holderBytes).toString('latin1').split('\0');
  const [seq = 0, bytes = 0, until = 0, earliest = 0, head = 0, swept, sweptEarliest = 0] = timesOf(b);
  const isNumber = (name: string) => /^\d{1,15}$/.test(name);
  const entries = [...fields].filter(([name]) => name !== 'd' && name !== 'b');
  const messages = entries.flatMap(([name, each]): [number, Buffer][] =>
    isNumber(name) ? [[Number(name), each]] : [],
  );
  const numbers = entries.flatMap(([name, text]): [string, number][] => (isNumber(name) ? [] : [[name, Number(text)]]));
  messages.sort(([one], [other]) => one - other);
  numbers.sort(([, one], [, other]) => one - other);
  return {
    since,
    seenUntil,
    standing: standings[d[16]!]!,
    flags: flags.filter((_, bit) => d[17]! & (1 << bit)),
    node,
    session,
    seq,
    bytes,
    until,
    earliest,
    head,
    ...(swept !== undefined && { swept, sweptEarliest }),
    messages: new Map(messages),
    numbers: new Map(numbers),
  };
}

function packed(times: number[]): Buffer {
  const struct = Buffer.alloc(8 * times.length);
  for (const [i, time] of times.entries()) struct.writeBigUInt64BE(BigInt(Math.floor(time)), 8 * i);
  return struct;
}

/** Field `d`. */
export function holderOf({ since, seenUntil, standing, flags: set, node, session }: Mailbox): Buffer {
  const bits = set.reduce((sum, flag) => sum | (1 << flags.indexOf(flag)), 0);
  const texts = Buffer.from(`${node}\0${session}\0`, 'latin1');
  return Buffer.concat([packed([since, seenUntil]), Buffer.from([standings.indexOf(standing), bits]), texts]);
}

/** Field `b`. */
export function booksOf({ seq, bytes, until, earliest, head, swept, sweptEarliest }: Mailbox): Buffer {
  return packed([seq, bytes, until, earliest, head, ...(swept === undefined ? [] : [swept, sweptEarliest ?? 0])]);
}
