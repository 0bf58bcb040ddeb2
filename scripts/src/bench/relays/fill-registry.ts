/** Registers devices as edges do, through the relay's own scripts, without sockets. */
import { hash } from 'node:crypto';
import { type DeviceKey, deviceKeyOf } from '@openrelay/protocol';
import { type RedisLink, Registry, shardOf } from '@openrelay/state';
import { shards } from './node-link';

const batchDevices = 64;

/** So that a million of them need no memory: a device's id follows from its number, and its session from its node, too. */
export function deviceAt(number: number): DeviceKey {
  return deviceKeyOf(hash('sha256', `bench ${number}`));
}

function sessionAt(node: string, number: number): string {
  return `${node}.${number}.1`;
}

export function registryOf(link: RedisLink, node: string): Registry {
  return new Registry(link, node, { claims: 'optional', registrationsPerMinute: 0, pressure: () => 0 });
}

export type Numbered = { shard: number; device: DeviceKey; session: string };

/** Does `work` for the devices of these numbers, a shard's at a time, as many calls under way as there are shards. */
export async function byShard(
  link: RedisLink,
  node: string,
  numbers: Iterable<number>,
  work: (lane: number, batch: Numbered[]) => Promise<unknown>,
): Promise<void> {
  const waiting = Array.from({ length: shards }, (): Numbered[] => []);
  const underWay = Array.from({ length: shards }, (): Promise<unknown> => Promise.resolve());
  const leave = async (shard: number) => {
    await underWay[shard];
    const batch = waiting[shard]!;
    waiting[shard] = [];
    const call = work(link.laneOf(shard), batch);
    call.catch(() => undefined); // told to whoever waits for it next
    underWay[shard] = call;
  };
  for (const number of numbers) {
    const one = numberedAt(node, number);
    waiting[one.shard]!.push(one);
    if (waiting[one.shard]!.length === batchDevices) await leave(one.shard);
  }
  for (const [shard, batch] of waiting.entries()) if (batch.length > 0) await leave(shard);
  await Promise.all(underWay);
}

export function numberedAt(node: string, number: number): Numbered {
  const device = deviceAt(number);
  return { shard: shardOf(device, shards), device, session: sessionAt(node, number) };
}

/** Those of `count` numbers from `first` on that are dealt to the `part`th of `parts`. */
export function* numbersFrom(first: number, count: number, part = 0, parts = 1): Iterable<number> {
  for (let number = first + part; number < first + count; number += parts) yield number;
}

/** Answers how many of them were registered. */
export async function fillRegistry(
  link: RedisLink,
  node: string,
  numbers: Iterable<number>,
  stopping: AbortSignal,
): Promise<number> {
  const registry = registryOf(link, node);
  let registered = 0;
  await byShard(link, node, numbers, async (lane, batch) => {
    stopping.throwIfAborted();
    const count = await registerAfresh(registry, lane, batch); // `+= await` would forget what others add meanwhile
    registered += count;
  });
  return registered;
}

/** Answers how many of them were registered. */
export async function registerAfresh(registry: Registry, lane: number, batch: readonly Numbered[]): Promise<number> {
  const answers = await registry.register(
    lane,
    batch.map((one) => ({ ...one, sinceMs: 0 })),
  );
  return answers.filter(({ status }) => status === 'registered').length;
}
