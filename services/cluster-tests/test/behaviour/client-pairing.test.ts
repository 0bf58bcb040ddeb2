import { afterAll, afterEach, describe, expect, test } from '@jest/globals';
import {
  type AskUser,
  contactTag,
  type Identity,
  loadIdentity,
  MemoryStore,
  Pairing,
  PairingError,
  Peers,
  pairingLinkOf,
  pairingRoot,
  RelayLink,
  rendezvousId,
  temporaryLinksTo,
  toHex,
} from '@openrelay/client';
import WebSocket from 'ws';
import { connectDevice, errorOf, placements } from '../../src';
import { useCluster } from './use-cluster';

const cluster = useCluster({ edges: 2 });

type Device = {
  readonly identity: Identity;
  readonly link: RelayLink;
  readonly pairing: Pairing;
  readonly peers: Peers;
  /** Of the first sessions, in hex. */
  readonly roots: readonly string[];
};

const devices: Device[] = [];
const trust: AskUser = async () => 'trust';

afterEach(closeAll);
afterAll(closeAll);

async function closeAll(): Promise<void> {
  for (const { pairing } of devices) pairing.close();
  await Promise.all(devices.splice(0).map(({ link }) => link.stop()));
}

/** As the library makes one: its id is claimed, and it takes messages only from whom it lists. */
async function deviceOn(edge: number, name: string, encoding: 'json' | 'msgpack' = 'msgpack'): Promise<Device> {
  const identity = await loadIdentity(new MemoryStore(), { name });
  const peers = await Peers.open(new MemoryStore());
  const { url } = cluster.edge(edge);
  const way = { url, encoding, WebSocket };
  const link = new RelayLink({ ...way, hardwareId: identity.id, claim: identity.signing });
  const roots: string[] = [];
  const pairing = new Pairing({
    link: pairingLinkOf(link),
    openTemporary: temporaryLinksTo(() => way),
    identity,
    peers,
    keep: async (peer, secrets) => {
      roots.push(toHex(await pairingRoot(identity.agreement, peer.agreement, secrets)));
      await peers.add(peer);
    },
    // That nobody is there it knows after 0.7 s.
    times: { repeatMs: 100 },
  });
  const device = { identity, link, pairing, peers, roots };
  devices.push(device);
  link.start();
  await link.untilConnected();
  await link.setContacts({ accept: 'listed', replace: peers.list().map(({ id }) => contactTag(identity.id, id)) });
  return device;
}

async function codeOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => 'paired',
    (error: unknown) => (error instanceof PairingError ? error.code : error),
  );
}

describe.each(placements)('two devices $where', ({ from, to }) => {
  test('pair by a code, though neither takes messages of strangers', async () => {
    const [ada, bob] = [await deviceOn(from, 'Ada', 'json'), await deviceOn(to, 'Bob')];
    const hosted = await bob.pairing.hostCode({ ask: trust });
    expect((await ada.pairing.joinCode(hosted.text, { ask: trust })).id).toBe(bob.identity.id);
    expect((await hosted.paired).id).toBe(ada.identity.id);
    expect(ada.roots).toHaveLength(1);
    expect(ada.roots).toEqual(bob.roots);
    expect(await codeOf(ada.pairing.joinCode(hosted.text, { ask: trust }))).toBe('no-such-code');
  });

  test('pair by digits, which both users see, and again with new keys', async () => {
    const [ada, bob] = [await deviceOn(from, 'Ada'), await deviceOn(to, 'Bob')];
    const shown: string[] = [];
    const ask: AskUser = async ({ digits }) => {
      shown.push(digits);
      return 'trust';
    };
    for (let count = 0; count < 2; count += 1) {
      const answered = new Promise((paired, failed) => bob.pairing.answerDevices({ ask, paired, failed }));
      expect((await ada.pairing.joinDevice(bob.identity.id, { ask })).name).toBe('Bob');
      expect(await answered).toMatchObject({ name: 'Ada' });
    }
    expect(shown[0]).toBe(shown[1]);
    expect(shown[2]).toBe(shown[3]);
    expect(ada.roots).toEqual(bob.roots);
    expect(new Set(ada.roots).size).toBe(2);
  });

  test('both begin at once, and are paired once', async () => {
    const [ada, bob] = [await deviceOn(from, 'Ada'), await deviceOn(to, 'Bob')];
    const [one, other] = await Promise.all([
      ada.pairing.joinDevice(bob.identity.id, { ask: trust }),
      bob.pairing.joinDevice(ada.identity.id, { ask: trust }),
    ]);
    expect([one.name, other.name]).toEqual(['Bob', 'Ada']);
    expect(ada.roots).toHaveLength(1);
    expect(ada.roots).toEqual(bob.roots);
  });

  test('a wrong word is one on both sides, and the code is used up', async () => {
    const [ada, bob] = [await deviceOn(from, 'Ada'), await deviceOn(to, 'Bob')];
    const hosted = await bob.pairing.hostCode({ ask: trust });
    const [first, second] = hosted.code.words;
    const wrong = [hosted.code.number, first, second === 'cobra' ? 'zulu' : 'cobra'].join('-');
    expect(await codeOf(ada.pairing.joinCode(wrong, { ask: trust }))).toBe('wrong-code');
    expect(await codeOf(hosted.paired)).toBe('wrong-code');
    expect(await codeOf(ada.pairing.joinCode(hosted.text, { ask: trust }))).toBe('no-such-code');
    expect([...ada.peers.list(), ...bob.peers.list()]).toEqual([]);
  });

  test('whoever takes the number away is no host of the code, and its owner hears of it', async () => {
    const [ada, bob] = [await deviceOn(from, 'Ada'), await deviceOn(to, 'Bob')];
    const hosted = await bob.pairing.hostCode({ ask: trust });
    const thief = await connectDevice(cluster.edge(from));
    await thief.register(rendezvousId(hosted.code.number));
    expect(await codeOf(hosted.paired)).toBe('number-taken');
    const joining = codeOf(ada.pairing.joinCode(hosted.text, { ask: trust }));
    const { payload } = await thief.next('AuthRequest');
    expect(payload).toMatchObject({ mode: 'code', v: 1 });
    const made = { challenge_response: Buffer.alloc(129, 4).toString('base64'), challenge: 'AAAA' };
    const addressed = { recipient_id: payload.recipient_id, hardware_id: thief.hardwareId };
    thief.sendFrame({ type: 'AuthResponse', payload: { ...addressed, ...made } });
    expect(await joining).toBe('tampered');
  });
});

test('a device that is not connected, and one that does not wait, are told apart', async () => {
  const [ada, bob] = [await deviceOn(0, 'Ada'), await deviceOn(1, 'Bob')];
  expect(await codeOf(ada.pairing.joinDevice(bob.identity.id, { ask: trust }))).toBe('not-waiting');
  await bob.link.stop();
  expect(await codeOf(ada.pairing.joinDevice(bob.identity.id, { ask: trust }))).toBe('not-connected');
  const probe = await connectDevice(cluster.edge(0));
  await probe.register();
  const fields = { recipient_id: bob.identity.id, hardware_id: probe.hardwareId, public_key: '', challenge: '' };
  probe.sendFrame({ type: 'AuthRequest', payload: fields });
  expect(await errorOf(probe)).toMatchObject({ code: 404 });
});
