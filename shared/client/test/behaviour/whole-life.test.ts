import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { type Cluster, repositoryRoot, startCluster } from '@openrelay/launch';
import { eventually } from '@openrelay/testing';
import { rendezvousId } from '../../src/index';
import { type DeviceRig, pairDevices, startDevice } from '../device-rig';
import { FrameLog, type Said } from '../life/frame-log';

const file = join(repositoryRoot, 'RESPONSES.md');
const section = /(?<=^## A whole life\n.*?```text\n).*?(?=^```$)/ms;

let cluster: Cluster | undefined;
const rigs: DeviceRig[] = [];
afterAll(async () => {
  await Promise.all(rigs.map((rig) => rig.close()));
  await cluster?.stop();
});

const log = new FrameLog();
const story: string[] = [];

/** What was said meanwhile, of these types: others come at a time of their own. */
async function chapter(title: string, types: readonly string[], happen: () => Promise<void>): Promise<void> {
  const before = log.said.length;
  await happen();
  const lines = log.said
    .slice(before)
    .filter(({ type }) => types.includes(type))
    .sort(bySpeaker)
    .map((said) => log.line(said));
  story.push(`# ${title}`, ...lines, '');
}

/** The relay's ack and the recipient's may come in either order. */
function bySpeaker(one: Said, other: Said): number {
  return rankOf(one) - rankOf(other);
}

function rankOf({ type, from }: Said): number {
  return type !== 'Ack' ? 0 : from === 'relay' ? 1 : 2;
}

async function started(name: string, edge: number): Promise<DeviceRig> {
  const options = { encoding: 'json', WebSocket: log.socketOf(name), onMessage: () => {} } as const;
  const rig = await startDevice(name, cluster!.edge(edge).url, options);
  log.name(rig.device.identity.id, `${name}'s id`);
  rigs.push(rig);
  return rig;
}

/** Resolves when this device has said so much. */
async function untilSaid(type: string, times: number): Promise<void> {
  await eventually(() => expect(log.said.filter((said) => said.type === type)).toHaveLength(times));
}

/** `GOLDEN=write npx jest whole-life` writes it anew; read the difference. */
test('the transcript of a whole life in RESPONSES.md is what devices and the relay say', async () => {
  cluster = await startCluster({ edges: 2 });
  let phone: DeviceRig;
  await chapter(
    'phone claims its id, and lists whom it takes messages from: nobody yet',
    ['Register', 'Challenge', 'Prove', 'RegisterResponse', 'Contacts', 'ContactsResponse'],
    async () => {
      phone = await started('phone', 0);
      await untilSaid('ContactsResponse', 1);
    },
  );
  const laptop = await started('laptop', 1);
  await untilSaid('ContactsResponse', 2);
  await chapter(
    'laptop asks for a free number, waits under it, and phone comes with the code',
    ['Register', 'AuthRequest', 'AuthResponse', 'AuthVerify', 'AuthSuccess', 'Error'],
    async () => {
      for (let number = 1; number <= 9_999; number += 1) log.name(rendezvousId(number), 'temporary id');
      await pairDevices(laptop, phone!);
      // phone lets the host's temporary id through, and then no more.
      await untilSaid('ContactsResponse', 6);
    },
  );
  const [phoneId, laptopId] = [phone!.device.identity.id, laptop.device.identity.id];
  await chapter('phone sends a text', ['Send', 'Ack'], async () => {
    await phone.device.send(laptopId, { text: 'Hello!' });
    await untilSaid('Ack', 2);
  });
  await chapter('phone changes the key', ['KeyRotationUpdate', 'KeyRotationAck', 'Send'], async () => {
    await phone.device.rotate(laptopId);
    await untilSaid('Ack', 6);
  });
  await chapter('laptop sends a file: offer, accept, chunk, end, done', ['Send'], async () => {
    const bytes = new TextEncoder().encode('ten bytes!');
    const source = { size: bytes.length, read: async (at: number, length: number) => bytes.subarray(at, at + length) };
    await (await laptop.device.sendFile({ peerId: phoneId, name: 'notes.txt', source })).over;
  });
  const text = story.join('\n');
  const document = readFileSync(file, 'utf8');
  if (process.env.GOLDEN === 'write') writeFileSync(file, document.replace(section, text));
  expect(section.exec(readFileSync(file, 'utf8'))?.[0]).toBe(text);
});
