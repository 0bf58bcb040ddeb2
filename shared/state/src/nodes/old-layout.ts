/** Takes over what a Redis of layout 1 holds for devices. There each device had a hash `device:H` and a sorted set `queue:H`. */
import type { DeviceKey } from '@openrelay/protocol';
import type { RedisLink } from '../link/redis-link';
import { digestOf } from '../messages/envelope';
import { shardPrefix } from '../scripts/keys';
import { RawPack, unpackr } from '../scripts/message-pack';

export type Adopted = { devices: number; messages: number; damaged: number };

type MoveReply = [moved: number, damaged: number, emptied: 0 | 1];

/** Few, so that a page is small even when each is as large as can be. */
const firstMessages = 8;
const mostMessages = 128;
const pageBytes = 512 * 1024;
/** Devices whose queues are moved at once. */
const sideBySide = 16;
/** The index gives about so many devices a page. */
const indexPage = 64;
/** Bytes of an old envelope before its body: its head, 151, and two times. */
const timesBytes = 19;
const [oldHead, head] = [0x97, 0x98];

/** Again for shards that were moved before finds nothing to do. @throws RedisUnavailable | ReplyError */
export async function adoptShards(link: RedisLink, shards: number): Promise<Adopted> {
  const total = { devices: 0, messages: 0, damaged: 0 };
  for (let shard = 0; shard < shards; shard += 1) await adoptShard(link, shard, total);
  return total;
}

/** By the index of expiry, in which every device is that has a message. */
async function adoptShard(link: RedisLink, shard: number, total: Adopted): Promise<void> {
  const key = `${shardPrefix(shard)}expiry`;
  let cursor = '0';
  do {
    const [next, scored] = await link.command(key, (redis) => redis.zscan(key, cursor, 'COUNT', indexPage));
    const devices = scored.filter((_, i) => i % 2 === 0) as DeviceKey[];
    for (let start = 0; start < devices.length; start += sideBySide) {
      const some = devices.slice(start, start + sideBySide);
      await Promise.all(some.map((device) => adoptQueue(link, shard, device, total)));
    }
    cursor = next;
  } while (cursor !== '0');
}

async function adoptQueue(link: RedisLink, shard: number, device: DeviceKey, total: Adopted): Promise<void> {
  const key = `${shardPrefix(shard)}queue:${device}`;
  let count = firstMessages;
  let messages = 0;
  // Each round takes what it has read out of the queue; so this ends.
  for (;;) {
    const page = await link.command(key, (redis) => redis.zrangeBuffer(key, '0', String(count - 1), 'WITHSCORES'));
    if (page.length === 0) break;
    const values = { shard: shardPrefix(shard), id: device, messages: packPage(device, page) };
    const [moved, damaged, emptied] = (await link.run('mailbox_adopt', values)) as MoveReply;
    messages += moved;
    total.damaged += damaged;
    if (emptied === 1) break;
    count = nextCount(page);
  }
  total.messages += messages;
  if (messages > 0) total.devices += 1;
}

/** As many as will be half a MiB, if the next are as large as these. */
function nextCount(page: readonly Buffer[]): number {
  const bytes = page.reduce((sum, envelope, i) => sum + (i % 2 === 0 ? envelope.length : 0), 0);
  const mean = Math.max(1, bytes / (page.length / 2));
  return Math.max(1, Math.min(mostMessages, Math.floor(pageBytes / mean)));
}

function packPage(device: DeviceKey, page: readonly Buffer[]): Buffer {
  const pack = new RawPack(pageBytes).array(page.length / 2);
  for (let i = 0; i < page.length; i += 2) {
    const old = page[i]!;
    const digest = digestOfOld(device, old);
    pack
      .array(4)
      .number(Number(page[i + 1]))
      .number(old.length);
    if (digest === undefined) pack.ascii('').ascii('');
    else pack.ascii(digest).raw(withDigest(old, digest));
  }
  return pack.toBuffer();
}

/** None of a damaged envelope. */
function digestOfOld(device: DeviceKey, old: Buffer): string | undefined {
  if (old.length <= timesBytes || old[0] !== oldHead) return undefined;
  try {
    const [expiresAt, acceptedAt, sender, id, , , frame] = unpackr.unpack(old) as unknown[];
    if (typeof expiresAt !== 'number' || typeof acceptedAt !== 'number') return undefined;
    if (typeof sender !== 'string' || typeof id !== 'string' || !(frame instanceof Uint8Array)) return undefined;
    return digestOf(device, sender, id);
  } catch {
    return undefined;
  }
}

/** An envelope of today: an array of eight, with the digest as `bin` behind the times. */
function withDigest(old: Buffer, digest: string): Buffer {
  const times = Buffer.concat([Buffer.from([head]), old.subarray(1, timesBytes)]);
  const bin = Buffer.from([0xc4, digest.length]);
  return Buffer.concat([times, bin, Buffer.from(digest, 'latin1'), old.subarray(timesBytes)]);
}
