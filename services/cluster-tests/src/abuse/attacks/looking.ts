/** Attacks that want to know: who is there, and what was said. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '@openrelay/launch';
import type { AbuseCluster } from '../abuse-cluster';
import type { Attack, Orders, Stage, Tally } from '../attack';
import { WireDevice } from '../wire/wire-device';
import { count, each, edgeOf, from, of } from './attacking';

const devicesOfEach = 20;
const asking = ['send', 'live', 'pairing'] as const;

/** As many devices that are there as devices that were, in no order that tells. */
async function stageDevices(cluster: AbuseCluster, fields: Record<string, unknown>): Promise<Stage> {
  const online: WireDevice[] = [];
  const given: string[] = [];
  for (let i = 0; i < 2 * devicesOfEach; i += 1) {
    const { device } = await WireDevice.arrive(cluster.places[i % 2]!, { fields });
    if (i < devicesOfEach) online.push(device);
    else device.disconnect();
    given.push(device.hardwareId);
  }
  await new Promise((resolve) => setTimeout(resolve, 500)); // those that left are deregistered
  return {
    given,
    finish: async () => {
      for (const device of online) device.disconnect();
      return {};
    },
  };
}

/** Whether the device answers as one that is there does. */
async function isThere(asker: WireDevice, how: (typeof asking)[number], id: string): Promise<boolean> {
  if (how === 'send') return (await asker.send(id)).answer === 'delivered';
  if (how === 'live') return (await asker.send(id, { ttl: 0 })).answer === 'delivered';
  const payload = { recipient_id: id, public_key: 'k', challenge: 'c', hardware_id: asker.hardwareId };
  return (await asker.errorAfter('AuthRequest', payload, 100)) === 'silent';
}

async function askWho(orders: Orders): Promise<Tally> {
  const tally: Tally = {};
  await each(asking.length, asking.length, tally, async (index) => {
    const how = asking[index]!;
    const { device: asker } = await WireDevice.arrive(edgeOf(orders, index), from(orders));
    for (const [i, id] of orders.given.entries()) {
      const right = (await isThere(asker, how, id)) === i < devicesOfEach;
      count(tally, how, right ? 1 : 0);
    }
    asker.disconnect();
  });
  return tally;
}

function gotOfAsking(tally: Tally): string {
  const told = asking.map((how) => `${of(tally, how)} by ${how === 'live' ? 'a live-only message' : how}`);
  return `of ${2 * devicesOfEach} right: ${told.join(', ')} (${devicesOfEach} by guessing)`;
}

export const presence: Attack = {
  name: 'presence',
  summary: 'asking who is online',
  stage: (cluster) => stageDevices(cluster, {}),
  act: askWho,
  got: gotOfAsking,
};

export const hiddenPresence: Attack = {
  name: 'hidden-presence',
  summary: 'asking who is online of those that hide it',
  stage: (cluster) => stageDevices(cluster, { presence: 'hidden' }),
  act: askWho,
  got: gotOfAsking,
  faults: (tally) =>
    of(tally, 'send') === devicesOfEach ? [] : [`A message tells who is there: ${of(tally, 'send')} right.`],
};

export const hiddenPresenceOfAll: Attack = {
  ...hiddenPresence,
  name: 'hidden-presence-of-all',
  summary: 'asking who is online with RELAY_HIDE_PRESENCE',
  settings: { RELAY_HIDE_PRESENCE: 'yes' },
  stage: (cluster) => stageDevices(cluster, {}),
};

const canary = 'Q0FOQVJZ';
const canaries = 64;
/** The janitor looks every minute. */
const patienceMs = 75_000;
const canaryText = canary.repeat(4000);

/** How often the text is in the files of the folder. */
function occurrences(folder: string): number {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.reduce((sum, { parentPath, name }) => {
    try {
      return sum + readFileSync(join(parentPath, name), 'latin1').split(canaryText).length - 1;
    } catch {
      return sum; // rewritten meanwhile
    }
  }, 0);
}

/** What is on the disk of messages that were delivered and acked, as whoever gets the disk finds it. */
export const appendOnlyFile: Attack = {
  name: 'append-only-file',
  summary: 'the append-only file, for messages that were delivered',
  async stage(cluster) {
    return {
      async finish() {
        const onDisk = occurrences(cluster.dataFolder);
        const beganMs = performance.now();
        const isEmpty = () => {
          if (occurrences(cluster.dataFolder) > 0) throw new Error('Messages are on the disk still.');
        };
        await eventually(isEmpty, { timeoutMs: patienceMs, intervalMs: 500 }).catch(() => undefined);
        const left = occurrences(cluster.dataFolder);
        return { onDisk, left, goneAfterMs: Math.round(performance.now() - beganMs) };
      },
    };
  },
  async act(orders) {
    const tally: Tally = {};
    const { device: recipient } = await WireDevice.arrive(edgeOf(orders, 0), {
      ...from(orders),
      onReceive: ({ message_id: id }, device) => {
        count(tally, 'delivered');
        device.ack(id);
      },
    });
    await each(canaries / 8, 2, tally, async (index) => {
      const { device } = await WireDevice.arrive(edgeOf(orders, index), from(orders));
      await Promise.all(
        Array.from({ length: 8 }, () => device.send(recipient.hardwareId, { encrypted_data: canaryText })),
      );
      device.disconnect();
    });
    await eventually(() => {
      if (of(tally, 'delivered') < canaries) throw new Error('Some are under way.');
    }).catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 1500)); // acks, and the file's flush each second
    recipient.disconnect();
    return tally;
  },
  got(tally) {
    const found = `${of(tally, 'onDisk')} of ${of(tally, 'delivered')} delivered messages on the disk`;
    const left = of(tally, 'left');
    const later = left > 0 ? `${left} still` : 'none';
    return `${found}; ${later} after ${(of(tally, 'goneAfterMs') / 1000).toFixed(1)} s`;
  },
  faults: (tally) => (of(tally, 'left') > 0 ? [`${of(tally, 'left')} delivered messages stay on the disk.`] : []),
};
