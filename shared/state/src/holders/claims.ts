import { type DeviceKey, maxContacts } from '@openrelay/protocol';
import type { RedisLink } from '../link/redis-link';
import { lanePrefix, shardPrefix } from '../scripts/keys';
import { RawPack, unpackr } from '../scripts/message-pack';

/**
 * Tags are 16 bytes, as 32 hex digits in lower case.
 * @property accept whom the device takes messages from; absent: as before
 * @property replace takes the place of all that there were; then comes what is added, and last goes what is removed
 */
export type ContactsChange = {
  shard: number;
  device: DeviceKey;
  session: string;
  accept?: 'anyone' | 'listed' | undefined;
  add?: readonly string[] | undefined;
  remove?: readonly string[] | undefined;
  replace?: readonly string[] | undefined;
};

export type ContactsChanged =
  | { status: 'changed'; accept: 'anyone' | 'listed'; listed: number }
  /** There would be more tags than `maxContacts`; nothing was changed. */
  | { status: 'many'; listed: number }
  /** All lists together have grown by as much as they may within an hour. */
  | { status: 'grown'; retryAfterMs: number }
  /** The device is not claimed; the connection does not hold it; Redis has no room for more tags. */
  | { status: 'unclaimed' | 'gone' | 'short' };

type Answer =
  | ['changed', accept: 'anyone' | 'listed', listed: number]
  | ['many', listed: number]
  | ['grown', retryAfterMs: number]
  | ['unclaimed' | 'gone' | 'short'];

function readAnswer(answer: Answer): ContactsChanged {
  if (answer[0] === 'changed') return { status: 'changed', accept: answer[1], listed: answer[2] };
  if (answer[0] === 'many') return { status: 'many', listed: answer[1] };
  if (answer[0] === 'grown') return { status: 'grown', retryAfterMs: answer[1] };
  return { status: answer[0] };
}

function packTags(pack: RawPack, tags: ReadonlySet<string>): void {
  pack.array(tags.size);
  for (const tag of tags) pack.raw(Buffer.from(tag, 'hex'));
}

function packChange(pack: RawPack, change: ContactsChange): void {
  const { shard, device, session, accept = '', add = [], remove = [], replace } = change;
  const added = new Set([...(replace ?? []), ...add]);
  for (const tag of remove) added.delete(tag);
  pack.array(7).number(shard).ascii(device).ascii(session).ascii(accept);
  packTags(pack, added);
  packTags(pack, new Set(replace ? [] : remove));
  pack.number(replace ? 1 : 0);
}

/**
 * How much room contacts may take.
 * @property pressure how short of room Redis is, 0 to 4
 * @property budgetBytes what may be stored; 0: as much as there is
 */
export type ContactRules = { pressure: () => number; budgetBytes: () => number; shards: number };

/** By this share of the budget all contacts together may grow in an hour: anybody has as many ids as they like. */
const hourlyShare = 1 / 100;
/** What Redis takes for a tag of a long list. */
const bytesPerTag = 20;
/** Lists of a shard that may be filled in an hour, however small the budget is. */
const leastLists = 4;

/** By how many tags the lists of one shard may grow in an hour; 0: as they like. */
function hourlyTags({ budgetBytes, shards }: ContactRules): number {
  const budget = budgetBytes();
  if (budget === 0) return 0;
  return Math.max(leastLists * maxContacts, Math.floor((hourlyShare * budget) / shards / bytesPerTag));
}

/** Which devices are bound to a key, and whom they take messages from. */
export class Claims {
  constructor(
    private readonly link: RedisLink,
    private readonly rules: ContactRules,
  ) {}

  /** The raw public key that a device is bound to, if it is claimed. @throws RedisUnavailable | ReplyError */
  async keyOf(shard: number, device: DeviceKey): Promise<Buffer | undefined> {
    const key = (await this.link.run('claim_lookup', { shard: shardPrefix(shard), id: device })) as Buffer;
    return key.length > 0 ? key : undefined;
  }

  /** Changes contacts of claimed devices of one lane, each wholly or not at all. @throws RedisUnavailable | ReplyError */
  async changeContacts(lane: number, batch: ContactsChange[]): Promise<ContactsChanged[]> {
    const pack = new RawPack().array(batch.length);
    for (const change of batch) packChange(pack, change);
    const rules = { maxTags: maxContacts, pressure: this.rules.pressure(), maxGrowth: hourlyTags(this.rules) };
    const values = { lane: lanePrefix(lane), changes: pack.toBuffer(), ...rules };
    return (unpackr.unpack((await this.link.run('contacts_change', values)) as Buffer) as Answer[]).map(readAnswer);
  }
}
