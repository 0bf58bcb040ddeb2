import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Cluster, startCluster, unlimited } from '@openrelay/launch';
import { eventually } from '@openrelay/testing';
import type { DeviceMessage } from '../../src/index';
import { type DeviceRig, pairDevices, startDevice } from '../device-rig';

let cluster: Cluster;
const rigs: DeviceRig[] = [];
beforeAll(async () => {
  cluster = await startCluster({ edges: 2, env: unlimited });
});
afterAll(async () => {
  await Promise.all(rigs.map((rig) => rig.close()));
  await cluster.stop();
});

async function started(name: string, edge: number): Promise<DeviceRig & { readonly read: string[] }> {
  const read: string[] = [];
  const onMessage = ({ peer, content }: DeviceMessage): void => {
    if ('text' in content) read.push(`${peer.name}: ${content.text}`);
  };
  const rig = await startDevice(name, cluster.edge(edge).url, { onMessage });
  rigs.push(rig);
  return Object.assign(rig, { read });
}

const idOf = ({ device }: DeviceRig): string => device.identity.id;

test('two that are paired talk under keys that change, also after a restart', async () => {
  const [one, other] = [await started('one', 0), await started('other', 1)];
  await pairDevices(one, other);
  await one.device.send(idOf(other), { text: 'first' });
  await other.device.rotate(idOf(one));
  await eventually(() => expect(other.events).toMatchObject([{ event: 'session', name: 'rotated', keyId: 2n }]));
  await one.restart();
  await other.device.send(idOf(one), { text: 'under the second key' });
  await one.device.send(idOf(other), { text: 'likewise' });
  await eventually(() =>
    expect([one.read, other.read]).toEqual([['other: under the second key'], ['one: first', 'one: likewise']]),
  );
  expect(one.events).toEqual([]);
});

test('one introduces two others, who then talk without it', async () => {
  const [hub, one, other] = [await started('hub', 0), await started('one', 0), await started('other', 1)];
  await pairDevices(hub, one);
  await pairDevices(hub, other);
  await hub.device.introduce(idOf(one), idOf(other));
  await eventually(() => expect(hub.events).toMatchObject([{ event: 'introduction', name: 'acquainted' }]));
  await hub.close();
  await eventually(async () => void (await one.device.send(idOf(other), { text: 'we never met' })));
  await eventually(() => expect(other.read).toEqual(['one: we never met']));
  await eventually(async () => void (await other.device.send(idOf(one), { text: 'nor shall we' })));
  await eventually(() => expect(one.read).toEqual(['other: nor shall we']));
});

// A relay lets five answers of strangers through to it in a minute, and each pairing has two.
test('one is paired with four others within a minute', async () => {
  const hub = await started('hub', 0);
  const others = await Promise.all(['a', 'b', 'c', 'd'].map((name) => started(name, 1)));
  for (const other of others) await pairDevices(other, hub);
  expect(hub.device.peers.list().map(({ name }) => name)).toEqual(['a', 'b', 'c', 'd']);
});

test('one that forgot a peer tells it so', async () => {
  const [one, other] = [await started('one', 0), await started('other', 1)];
  await pairDevices(one, other);
  await other.device.forget(idOf(one));
  await other.device.link.setContacts({ accept: 'anyone', replace: [] });
  await one.device.send(idOf(other), { text: 'still there?' });
  await eventually(() =>
    expect(one.events).toMatchObject([
      { event: 'forgotten', sentence: 'other no longer knows this device: pair again.' },
    ]),
  );
});

test('a message whose handler failed comes again, before what followed it', async () => {
  const read: string[] = [];
  let failures = 1;
  const onMessage = ({ content }: DeviceMessage): void => {
    failures -= 1;
    if (failures >= 0) throw new Error('the disk is full');
    if ('text' in content) read.push(content.text);
  };
  const one = await started('one', 0);
  const other = await startDevice('other', cluster.edge(1).url, { onMessage });
  rigs.push(other);
  await pairDevices(one, other);
  for (const text of ['first', 'second', 'third']) await one.device.send(idOf(other), { text });
  await eventually(() => expect(read).toEqual(['first', 'second', 'third']));
  expect(other.events).toEqual([]);
});
