import { DeviceSigner } from '@openrelay/testing';
import type { AbuseCluster } from '../abuse-cluster';
import type { Attack, Orders, Stage, Tally } from '../attack';
import { freshId, WireDevice } from '../wire/wire-device';
import { count, countsOf, edgeOf, from, many, of, repeat } from './attacking';

/** Messages that wait for each victim. */
const queued = 20;

type Victim = { readonly kind: 'claimed' | 'unclaimed'; readonly id: string; readonly key: DeviceSigner };

/** Somebody who was there, has gone, and whom messages wait for. */
async function stageVictim(cluster: AbuseCluster, kind: Victim['kind']): Promise<Victim> {
  const [edge, other] = cluster.places;
  const key = DeviceSigner.ofEd25519();
  const { device: victim } = await WireDevice.arrive(edge!, kind === 'claimed' ? { key } : {});
  victim.disconnect();
  const { device: sender } = await WireDevice.arrive(other!);
  await Promise.all(Array.from({ length: queued }, () => sender.send(victim.hardwareId, { ttl: 3600 })));
  sender.disconnect();
  return { kind, id: victim.hardwareId, key };
}

/** Of its messages, what is left when it comes back itself. */
async function missedBy(cluster: AbuseCluster, { kind, id, key }: Victim): Promise<number> {
  const { device, payload } = await WireDevice.arrive(cluster.places[0]!, {
    hardwareId: id,
    ...(kind === 'claimed' ? { key } : {}),
  });
  device.disconnect();
  const { queued: left = 0 } = (payload.limits ?? {}) as { queued?: number };
  return queued - left;
}

async function stageVictims(cluster: AbuseCluster): Promise<Stage> {
  const victims = [await stageVictim(cluster, 'claimed'), await stageVictim(cluster, 'unclaimed')];
  const [claimed, unclaimed] = victims as [Victim, Victim];
  return {
    given: [claimed.id, unclaimed.id],
    async finish() {
      return { claimedLost: await missedBy(cluster, claimed), unclaimedLost: await missedBy(cluster, unclaimed) };
    },
  };
}

/** As the victim: reads its queue, acks it away, and sends in its name. */
async function impersonate(orders: Orders, tally: Tally, victim: 'claimed' | 'unclaimed', key?: DeviceSigner) {
  const hardwareId = orders.given[victim === 'claimed' ? 0 : 1]!;
  const { device, answer } = await WireDevice.arrive(edgeOf(orders, 0), {
    ...from(orders),
    hardwareId,
    ...(key === undefined ? {} : { key }),
    onReceive: ({ message_id: id }, thief) => {
      count(tally, `${victim}Read`);
      thief.ack(id);
    },
  });
  count(tally, `${victim} ${answer}`);
  const { answer: forged } = await device.send(freshId());
  if (forged === 'queued' || forged === 'delivered') count(tally, `${victim}Forged`);
  device.disconnect();
}

export const impersonation: Attack = {
  name: 'impersonation',
  summary: 'registering as somebody whose id you know',
  stage: stageVictims,
  async act(orders) {
    const tally: Tally = {};
    const kinds = ['unclaimed', 'claimed', 'claimed'] as const;
    await repeat(orders, kinds.length, tally, (runner) =>
      impersonate(orders, tally, kinds[runner]!, runner === 2 ? DeviceSigner.ofEd25519() : undefined),
    );
    return tally;
  },
  got(tally) {
    const told = (kind: string) =>
      `${kind}: ${of(tally, `${kind}Read`)} read, ${of(tally, `${kind}Lost`)} lost, ${of(tally, `${kind}Forged`)} forged (${countsOf(tally, `${kind} `)})`;
    return `${told('claimed')}; ${told('unclaimed')}`;
  },
  faults(tally) {
    const taken = ['claimedRead', 'claimedLost', 'claimedForged'].filter((name) => of(tally, name) !== 0);
    return taken.map((name) => `Of a claimed device: ${name} ${of(tally, name)}.`);
  },
};

/** RELAY_REGISTRATIONS_PER_MINUTE, for each id. */
const registrationsPerMinute = 30;

/** Fights for a hundred ids of the attacker's own, over both edges. */
export const takeovers: Attack = {
  name: 'takeovers',
  summary: 'takeovers by the hundred',
  async act(orders) {
    const tally: Tally = {};
    const ids = Array.from({ length: many(orders, 100) }, freshId);
    const held = new Set<WireDevice>();
    await repeat(orders, many(orders, 100), tally, async (runner) => {
      const hardwareId = ids[runner % ids.length]!;
      const { device, answer } = await WireDevice.arrive(edgeOf(orders, of(tally, 'tried')), {
        ...from(orders),
        hardwareId,
      });
      count(tally, 'tried');
      count(tally, `answer ${answer}`);
      if (answer !== 'registered') return device.disconnect();
      held.add(device); // until the next of its id takes over
      void device.socket.closed.then((code) => {
        count(tally, `closed ${code}`);
        held.delete(device);
      });
    });
    for (const device of held) device.disconnect();
    tally.most = ids.length * registrationsPerMinute * (1 + Math.floor(orders.milliseconds / 60_000));
    return tally;
  },
  got: (tally) => `${of(tally, 'closed 4001')} takeovers; answers ${countsOf(tally, 'answer ')}`,
  faults(tally) {
    const registered = of(tally, 'answer registered');
    return registered > of(tally, 'most') ? [`${registered} registrations, ${of(tally, 'most')} are allowed.`] : [];
  },
};

export const registrationStorm: Attack = {
  name: 'registration-storm',
  summary: 'registrations of fresh ids, one after the other',
  async act(orders) {
    const tally: Tally = {};
    await repeat(orders, many(orders, 64), tally, async (runner) => {
      const { device, answer } = await WireDevice.arrive(edgeOf(orders, runner), from(orders));
      count(tally, `answer ${answer}`);
      device.disconnect();
    });
    return tally;
  },
  got: (tally) => `answers ${countsOf(tally, 'answer ')}; upgrades refused ${countsOf(tally, 'refused ')}`,
};

/** Pings until it is closed for flooding, and comes back under the same id at once. */
export const returningFlood: Attack = {
  name: 'returning-flood',
  summary: 'reconnecting after 4008',
  async act(orders) {
    const tally: Tally = {};
    const ids = Array.from({ length: many(orders, 8) }, freshId);
    // Beyond twice the limit of control frames (600 a minute) the edge closes.
    const burst = 1300;
    await repeat(orders, ids.length, tally, async (runner) => {
      const hardwareId = ids[runner]!;
      const { device, answer } = await WireDevice.arrive(edgeOf(orders, runner), { ...from(orders), hardwareId });
      count(tally, `answer ${answer}`);
      if (answer === 'registered') {
        for (let ping = 0; ping < burst && device.socket.isOpen; ping += 1) {
          device.say('Ping');
          count(tally, 'pings');
        }
        count(tally, `closed ${await device.socket.closedWithin(2000)}`);
      }
      device.disconnect();
    });
    return tally;
  },
  got: (tally) =>
    `${of(tally, 'pings')} pings; answers ${countsOf(tally, 'answer ')}; closed ${countsOf(tally, 'closed ')}`,
};
