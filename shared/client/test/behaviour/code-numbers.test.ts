import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { type Cluster, startCluster, unlimited } from '@openrelay/launch';
import WebSocket from 'ws';
import { generateSigningKey, RegisteredConnection, rendezvousId } from '../../src/index';
import { type DeviceRig, pairDevices, startDevice } from '../device-rig';

/** One edge for each way in which a relay may take claims, and one that shows no presence. */
const edges = [
  { env: { RELAY_CLAIMS: 'off' } },
  { env: { RELAY_CLAIMS: 'optional' } },
  { env: { RELAY_CLAIMS: 'required' } },
  { env: { RELAY_HIDE_PRESENCE: '1' } },
];
const [optional, required, hidden] = [1, 2, 3] as const;
const ask = async () => 'trust' as const;

let cluster: Cluster;
const rigs: DeviceRig[] = [];
beforeAll(async () => {
  cluster = await startCluster({ edges, env: unlimited });
});
afterEach(async () => {
  await Promise.all(rigs.splice(0).map((rig) => rig.close()));
});
afterAll(() => cluster.stop());

/** @param numbers that it draws for its codes, one after the other */
async function started(name: string, edge: number, numbers: readonly number[] = []): Promise<DeviceRig> {
  const left = [...numbers];
  const random = (bytes: number): Uint8Array => {
    const drawn = bytes === 4 ? left.shift() : undefined;
    const value = crypto.getRandomValues(new Uint8Array(bytes));
    if (drawn !== undefined) new DataView(value.buffer).setUint32(0, drawn - 1);
    return value;
  };
  const rig = await startDevice(name, cluster.edge(edge).url, { random });
  rigs.push(rig);
  return rig;
}

const peersOf = ({ device }: DeviceRig): string[] => device.peers.list().map(({ name }) => name);

test.each(edges.map(({ env }, edge) => ({ edge, relay: Object.entries(env).flat().join('=') })))(
  'two pair by a code where $relay, and so do the next two under the same number',
  async ({ edge }) => {
    for (const round of ['first', 'second']) {
      const [ada, bob] = [await started(`Ada ${round}`, edge, [7]), await started(`Bob ${round}`, edge)];
      await pairDevices(ada, bob);
      expect([peersOf(ada), peersOf(bob)]).toEqual([[`Bob ${round}`], [`Ada ${round}`]]);
    }
  },
);

test.each([optional, required])('a number that somebody has claimed is passed over (edge %d)', async (edge) => {
  const squatted = 40 + edge;
  const { url } = cluster.edge(edge);
  const claim = await generateSigningKey();
  const taken = await RegisteredConnection.connect({ url, hardwareId: rendezvousId(squatted), claim, WebSocket });
  await taken.close();
  const ada = await started('Ada', edge, [squatted, 50 + edge]);
  const hosted = await ada.device.pairing.hostCode({ ask });
  expect(hosted.code.number).toBe(50 + edge);
  const bob = await started('Bob', edge);
  expect((await bob.device.pairing.joinCode(hosted.text, { ask })).name).toBe('Ada');
});

test.each([required, hidden])('a number under which somebody waits is passed over (edge %d)', async (edge) => {
  const [ada, bob] = [await started('Ada', edge, [60 + edge]), await started('Bob', edge, [60 + edge, 70 + edge])];
  const [first, second] = [await ada.device.pairing.hostCode({ ask }), await bob.device.pairing.hostCode({ ask })];
  expect([first.code.number, second.code.number]).toEqual([60 + edge, 70 + edge]);
});

const squatter = generateSigningKey();

async function squatOn(numbers: readonly number[]): Promise<void> {
  const { url } = cluster.edge(optional);
  const claim = await squatter;
  for (const number of numbers) {
    const taken = await RegisteredConnection.connect({ url, hardwareId: rendezvousId(number), claim, WebSocket });
    await taken.close();
  }
}

const shortNumbers = [81, 82, 83, 181, 182, 183, 1081, 1082, 1083];

test('when a stranger has claimed the short numbers, two pair by a long one', async () => {
  await squatOn(shortNumbers);
  const ada = await started('Ada', optional, [...shortNumbers, 9_876_543]);
  const { code, text } = await ada.device.pairing.hostCode({ ask });
  expect(code.number).toBe(9_876_543);
  const bob = await started('Bob', optional);
  expect((await bob.device.pairing.joinCode(text, { ask })).name).toBe('Ada');
});

test('when every number is claimed, a sentence says what else there is', async () => {
  const numbers = [...shortNumbers, 1_081_081, 1_081_082, 1_081_083];
  await squatOn(numbers);
  const ada = await started('Ada', optional, numbers);
  await expect(ada.device.pairing.hostCode({ ask })).rejects.toMatchObject({
    code: 'no-number',
    message: expect.stringContaining('pair by the id of a device and six digits'),
  });
});
