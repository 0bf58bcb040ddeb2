import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { eventually } from '@openrelay/testing';
import {
  type AskUser,
  type AuthFrame,
  type Identity,
  MemoryStore,
  Pairing,
  PairingError,
  type PairingParts,
  type Peer,
  Peers,
  readCode,
  rendezvousId,
} from '../../../src/index';
import { refusalFrame, requestFrame } from '../../../src/pairing/pairing-frames';
import { identityOf, seededRandom } from '../../pairing-rig';
import { RelayBetween } from '../../relay-between';

const trust: AskUser = async () => 'trust';
const refuse: AskUser = async () => 'refuse';
const never: AskUser = () => new Promise(() => {});

type Device = { identity: Identity; pairing: Pairing; peers: Peers; link: ReturnType<RelayBetween['register']> };

const devices: Device[] = [];

afterEach(() => {
  for (const { pairing } of devices.splice(0)) pairing.close();
});

async function deviceOn(relay: RelayBetween, name: string, parts: Partial<PairingParts> = {}): Promise<Device> {
  const identity = await identityOf(name);
  const peers = await Peers.open(new MemoryStore());
  const link = relay.register(identity.id);
  const pairing = new Pairing({
    link,
    openTemporary: async (id) => relay.register(id),
    identity,
    peers,
    keep: async (peer) => void (await peers.add(peer)),
    random: seededRandom(`${name} pairs`),
    now: () => 1_700_000_000_000,
    ...parts,
  });
  const device = { identity, pairing, peers, link };
  devices.push(device);
  return device;
}

async function twoDevices(relay = new RelayBetween()) {
  return { relay, ada: await deviceOn(relay, 'Ada'), bob: await deviceOn(relay, 'Bob') };
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'paired',
    (error: unknown) => (error instanceof PairingError ? error.code : `no PairingError: ${String(error)}`),
  );
}

function names(peers: Peers): string[] {
  return peers.list().map((peer) => peer.name);
}

describe('by a code', () => {
  test('two devices pair, and the temporary id is free again', async () => {
    const { relay, ada, bob } = await twoDevices();
    const hosted = await bob.pairing.hostCode({ ask: trust });
    expect(hosted.text).toMatch(/^\d{1,2}-[a-z]+-[a-z]+$/);
    expect(hosted.expiresAt).toBe(1_700_000_300_000);
    expect(await ada.pairing.joinCode(hosted.text.toUpperCase(), { ask: trust })).toMatchObject({
      id: bob.identity.id,
      name: 'Bob',
      kind: 'paired',
      mayIntroduce: true,
    });
    expect((await hosted.paired).id).toBe(ada.identity.id);
    expect([names(ada.peers), names(bob.peers)]).toEqual([['Bob'], ['Ada']]);
    expect(relay.isHeld(rendezvousId(hosted.code.number))).toBe(false);
  });

  test('nothing that is asked of the user, and none of the words, goes over the relay', async () => {
    const { relay, ada, bob } = await twoDevices();
    const hosted = await bob.pairing.hostCode({ ask: trust });
    await ada.pairing.joinCode(hosted.text, { ask: trust });
    const carried = JSON.stringify(relay.carried);
    for (const word of hosted.code.words) expect(carried).not.toContain(word);
  });

  test('a wrong word uses the code up: the right one comes too late', async () => {
    const { ada, bob } = await twoDevices();
    const hosted = await bob.pairing.hostCode({ ask: trust });
    const [first, second] = hosted.code.words;
    const wrong = `${hosted.code.number}-${first}-${second === 'cobra' ? 'zulu' : 'cobra'}`;
    expect(await codeOf(ada.pairing.joinCode(wrong, { ask: trust }))).toBe('wrong-code');
    expect(await codeOf(hosted.paired)).toBe('wrong-code');
    expect(await codeOf(ada.pairing.joinCode(hosted.text, { ask: trust }))).toBe('no-such-code');
    expect([...ada.peers.list(), ...bob.peers.list()]).toEqual([]);
  });

  test('a second device that has the code, too, is told that it was used', async () => {
    const { relay, ada, bob } = await twoDevices();
    const eve = await deviceOn(relay, 'Eve');
    const hosted = await bob.pairing.hostCode({ ask: trust });
    const both = [ada, eve].map(({ pairing }) => codeOf(pairing.joinCode(hosted.text, { ask: trust })));
    const outcomes = (await Promise.all(both)).sort();
    expect(outcomes).toEqual([expect.stringMatching(/^(code-used|no-such-code)$/), 'paired']);
    expect(bob.peers.list()).toHaveLength(1);
    expect(await codeOf(eve.pairing.joinCode(hosted.text, { ask: trust }))).toBe('no-such-code');
  });

  test('a code that nobody tries in time is over', async () => {
    const { relay, ada } = await twoDevices();
    const bob = await deviceOn(relay, 'Bob', { times: { lifetimeMs: 30 } });
    const hosted = await bob.pairing.hostCode({ ask: trust });
    expect(await codeOf(hosted.paired)).toBe('expired');
    expect(relay.isHeld(rendezvousId(hosted.code.number))).toBe(false);
    expect(await codeOf(ada.pairing.joinCode(hosted.text, { ask: trust }))).toBe('no-such-code');
  });

  test('one whose first guest says nothing more is over, too, and the guest is told', async () => {
    const isLast = ({ type, fields }: AuthFrame) => type === 'AuthVerify' || fields.trusted === true;
    const relay = new RelayBetween((carried) => (isLast(carried.frame) ? [] : [carried]));
    const ada = await deviceOn(relay, 'Ada');
    const bob = await deviceOn(relay, 'Bob', { times: { answerMs: 300 } });
    const hosted = await bob.pairing.hostCode({ ask: trust });
    const joining = codeOf(ada.pairing.joinCode(hosted.text, { ask: trust }));
    expect(await codeOf(hosted.paired)).toBe('expired');
    expect(await joining).toBe('expired');
  });

  test('a probe for a free number does not use up the code of whoever waits there', async () => {
    const { relay, ada, bob } = await twoDevices();
    const sameNumbers = seededRandom('Bob pairs');
    const eve = await deviceOn(relay, 'Eve', { random: sameNumbers });
    const hosted = await bob.pairing.hostCode({ ask: trust });
    const other = await eve.pairing.hostCode({ ask: trust });
    expect(other.code.number).not.toBe(hosted.code.number);
    expect((await ada.pairing.joinCode(hosted.text, { ask: trust })).name).toBe('Bob');
    expect((await ada.pairing.joinCode(other.text, { ask: trust })).name).toBe('Eve');
  });

  test('who loses the number to another registration hears of it', async () => {
    const { relay, bob } = await twoDevices();
    const hosted = await bob.pairing.hostCode({ ask: trust });
    relay.register(rendezvousId(hosted.code.number));
    expect(await codeOf(hosted.paired)).toBe('number-taken');
  });

  test('cancelling frees the number and the device', async () => {
    const { relay, bob } = await twoDevices();
    const controller = new AbortController();
    const hosted = await bob.pairing.hostCode({ ask: trust, signal: controller.signal });
    expect(await codeOf(bob.pairing.hostCode({ ask: trust }))).toBe('busy-here');
    controller.abort();
    expect(await codeOf(hosted.paired)).toBe('cancelled');
    expect(relay.isHeld(rendezvousId(hosted.code.number))).toBe(false);
    const again = await bob.pairing.hostCode({ ask: trust, signal: AbortSignal.abort() });
    expect(await codeOf(again.paired)).toBe('cancelled');
  });

  test('a relay that is lost in the middle ends both', async () => {
    const { ada, bob } = await twoDevices(
      new RelayBetween((carried) => (carried.frame.type === 'AuthRequest' ? [] : [carried])),
    );
    const hosted = await bob.pairing.hostCode({ ask: trust });
    const joining = codeOf(ada.pairing.joinCode(hosted.text, { ask: trust }));
    setImmediate(() => ada.link.close());
    expect(await joining).toBe('lost');
  });

  test.each(['', '7', '7-crossover', '7-clockwork-crossover', '7-crossover-klockwork', 'crossover-clockwork-7'])(
    'what is no code says what is wrong, and nothing is sent: %s',
    async (text) => {
      const { relay, ada } = await twoDevices();
      expect(await codeOf(ada.pairing.joinCode(text, { ask: trust }))).toBe('unreadable-code');
      expect(readCode(text)).toEqual({ fault: expect.stringMatching(/^[A-Z].*[.]$/) });
      expect(relay.carried).toEqual([]);
    },
  );

  test('a device that enters its own code is told so', async () => {
    const relay = new RelayBetween();
    const host = await deviceOn(relay, 'Ada');
    const hosted = await host.pairing.hostCode({ ask: trust });
    // The same identity on a second connection, as a browser's second tab would have it.
    const twin = await deviceOn(relay, 'Ada');
    expect(await codeOf(twin.pairing.joinCode(hosted.text, { ask: trust }))).toBe('itself');
  });
});

describe('a device that is paired already', () => {
  async function pairedAlready(name: string, identity: Identity, ask: AskUser) {
    const { ada, bob } = await twoDevices();
    const former: Peer = {
      id: identity.id,
      name,
      alias: 'my laptop',
      signing: new Uint8Array(32),
      agreement: new Uint8Array(32),
      since: 1,
      kind: 'paired',
      mayIntroduce: false,
    };
    await ada.peers.add(former);
    const hosted = await bob.pairing.hostCode({ ask: trust });
    return {
      ada,
      bob,
      outcome: await codeOf(ada.pairing.joinCode(hosted.text, { ask })),
      host: await codeOf(hosted.paired),
    };
  }

  test('keeps its keys when the user says no', async () => {
    const bob = await identityOf('Bob');
    const { ada, outcome, host } = await pairedAlready('Bob', bob, refuse);
    expect([outcome, host]).toEqual(['keys-kept', 'refused']);
    expect(ada.peers.get(bob.id)?.signing).toEqual(new Uint8Array(32));
  });

  test('gets new ones after a yes, and keeps the name that its user gave it', async () => {
    const bob = await identityOf('Bob');
    const ask = jest.fn(trust);
    const { ada, outcome } = await pairedAlready('Bob', bob, ask);
    expect(outcome).toBe('paired');
    expect(ask).toHaveBeenCalledTimes(1);
    expect(ask.mock.calls[0]![0]).toMatchObject({ about: 'replace-keys', replaces: { alias: 'my laptop' } });
    expect(ada.peers.get(bob.id)).toMatchObject({ alias: 'my laptop', signing: bob.signing.publicKey });
  });

  test('with the same keys is not asked about', async () => {
    const { ada, bob } = await twoDevices();
    for (let count = 0; count < 2; count += 1) {
      const hosted = await bob.pairing.hostCode({ ask: never });
      await ada.pairing.joinCode(hosted.text, { ask: never });
      await hosted.paired;
    }
    expect(names(ada.peers)).toEqual(['Bob']);
  });
});

describe('by digits', () => {
  function answering(device: Device, ask: AskUser = trust) {
    const ends: unknown[] = [];
    let end: (value: unknown) => void = () => {};
    const ended = new Promise((resolve) => {
      end = resolve;
    });
    const stop = device.pairing.answerDevices({
      ask,
      paired: (peer) => end(ends.push(peer)),
      failed: (error) => end(ends.push(error)),
    });
    return { ends, ended, stop };
  }

  test('both users see the same six digits, and both devices are paired after both have said yes', async () => {
    const { ada, bob } = await twoDevices();
    const shown: string[] = [];
    const comparing: AskUser = async ({ about, digits }) => {
      shown.push(`${about} ${digits}`);
      return 'trust';
    };
    const { ends, ended } = answering(bob, comparing);
    const peer = await ada.pairing.joinDevice(bob.identity.id.toLowerCase(), { ask: comparing });
    await ended;
    expect(peer.name).toBe('Bob');
    expect(ends).toMatchObject([{ name: 'Ada' }]);
    expect(shown[0]).toMatch(/^digits \d{3} \d{3}$/);
    expect(shown[0]).toBe(shown[1]);
  });

  test('a relay that begins again and again, until the digits suit it, gets ten tries an hour', async () => {
    const { relay, bob } = await twoDevices();
    const { stop } = answering(bob, never);
    const from = 'E5'.repeat(32);
    relay.register(from);
    const asked = requestFrame('digits', {
      share: Uint8Array.of(9, ...new Uint8Array(31)),
      commitment: new Uint8Array(32),
    });
    const responses = () => relay.carried.filter(({ frame }) => frame.type === 'AuthResponse').length;
    for (let count = 0; count < 12; count += 1) {
      const before = relay.carried.length;
      relay.inject({ from, to: bob.identity.id, frame: asked });
      await eventually(() => expect(relay.carried.length).toBeGreaterThan(before));
      relay.inject({ from, to: bob.identity.id, frame: refusalFrame('busy') });
      await new Promise(setImmediate);
      await new Promise(setImmediate);
    }
    expect(responses()).toBe(10);
    stop();
  });

  test('a no of either is told to the other, whose question is taken back', async () => {
    const { ada, bob } = await twoDevices();
    let signal: AbortSignal | undefined;
    const asked: AskUser = (question) => {
      signal = question.signal;
      return new Promise(() => {});
    };
    const { ends, ended } = answering(bob, asked);
    expect(await codeOf(ada.pairing.joinDevice(bob.identity.id, { ask: async () => 'digits-differ' }))).toBe(
      'digits-differ',
    );
    await ended;
    expect(ends).toMatchObject([{ code: 'refused' }]);
    expect(signal?.aborted).toBe(true);
  });

  test('who does not wait says so, a few times a minute', async () => {
    const { relay, ada, bob } = await twoDevices();
    for (let count = 0; count < 5; count += 1) {
      expect(await codeOf(ada.pairing.joinDevice(bob.identity.id, { ask: trust }))).toBe('not-waiting');
    }
    const before = relay.carried.length;
    const { fields } = relay.carried[0]!.frame;
    relay.inject({ from: ada.identity.id, to: bob.identity.id, frame: { type: 'AuthRequest', fields } });
    expect(relay.carried).toHaveLength(before);
  });

  test('who is in another pairing says that, and who is not there is not connected', async () => {
    const { relay, ada, bob } = await twoDevices();
    const eve = await deviceOn(relay, 'Eve');
    answering(bob, never);
    let isAsked: () => void = () => {};
    const asked = new Promise<void>((resolve) => {
      isAsked = resolve;
    });
    const asking: AskUser = (question) => {
      isAsked();
      return never(question);
    };
    const first = codeOf(ada.pairing.joinDevice(bob.identity.id, { ask: asking }));
    await asked;
    expect(await codeOf(eve.pairing.joinDevice(bob.identity.id, { ask: trust }))).toBe('busy');
    ada.link.close();
    expect(await first).toBe('lost');
    expect(await codeOf(eve.pairing.joinDevice('AB'.repeat(32), { ask: trust }))).toBe('not-connected');
  });

  test('both begin at once: the larger id gives way, both users see the same digits, and both are paired', async () => {
    const { ada, bob } = await twoDevices();
    const shown: string[] = [];
    const ask: AskUser = async ({ digits }) => {
      shown.push(digits);
      return 'trust';
    };
    const [one, other] = await Promise.all([
      ada.pairing.joinDevice(bob.identity.id, { ask }),
      bob.pairing.joinDevice(ada.identity.id, { ask }),
    ]);
    expect([one.name, other.name]).toEqual(['Bob', 'Ada']);
    expect(shown).toHaveLength(2);
    expect(shown[0]).toBe(shown[1]);
  });

  test('a relay that lets both begin again and again changes nothing', async () => {
    const relay = new RelayBetween((carried) =>
      carried.frame.type === 'AuthRequest' ? [carried, carried, carried] : [carried],
    );
    const { ada, bob } = await twoDevices(relay);
    const both = [
      ada.pairing.joinDevice(bob.identity.id, { ask: trust }),
      bob.pairing.joinDevice(ada.identity.id, { ask: trust }),
    ];
    expect((await Promise.all(both)).map((peer) => peer.name)).toEqual(['Bob', 'Ada']);
  });

  test('a stopped answer is none', async () => {
    const { ada, bob } = await twoDevices();
    answering(bob).stop();
    expect(await codeOf(ada.pairing.joinDevice(bob.identity.id, { ask: trust }))).toBe('not-waiting');
  });

  test('an id that is none, and the own one, are refused before anything is sent', async () => {
    const { relay, ada } = await twoDevices();
    expect(await codeOf(ada.pairing.joinDevice('7-crossover-clockwork', { ask: trust }))).toBe('unreadable-id');
    expect(await codeOf(ada.pairing.joinDevice(ada.identity.id, { ask: trust }))).toBe('itself');
    expect(relay.carried).toEqual([]);
  });

  test('what a store can’t keep is told, and the secrets are erased all the same', async () => {
    const relay = new RelayBetween();
    let kept: Uint8Array | undefined;
    const full: PairingParts['keep'] = async (_peer, { pairingKey }) => {
      kept = pairingKey;
      throw new Error('The disk is full.');
    };
    const ada = await deviceOn(relay, 'Ada', { keep: full });
    const bob = await deviceOn(relay, 'Bob');
    answering(bob);
    await expect(ada.pairing.joinDevice(bob.identity.id, { ask: trust })).rejects.toThrow('The disk is full.');
    expect(kept).toEqual(new Uint8Array(32));
    expect(ada.peers.list()).toEqual([]);
  });

  test('whoever wants to know whether a device is a stranger waits until its keys are stored', async () => {
    const relay = new RelayBetween();
    let store: () => void = () => {};
    const stored = new Promise<void>((resolve) => {
      store = resolve;
    });
    let isKeeping: () => void = () => {};
    const keeping = new Promise<void>((resolve) => {
      isKeeping = resolve;
    });
    const keep = async (): Promise<void> => {
      isKeeping();
      await stored;
    };
    const [ada, bob] = [await deviceOn(relay, 'Ada'), await deviceOn(relay, 'Bob', { keep })];
    const hosted = await bob.pairing.hostCode({ ask: trust });
    await ada.pairing.joinCode(hosted.text, { ask: trust });
    await keeping;
    const steps: string[] = [];
    const known = bob.pairing.whenKept(ada.identity.id.toLowerCase()).then(() => steps.push('known'));
    await bob.pairing.whenKept('AB'.repeat(32));
    steps.push('stored');
    store();
    await known;
    expect(steps).toEqual(['stored', 'known']);
    await hosted.paired;
    await bob.pairing.whenKept(ada.identity.id);
  });

  test('frames without end keep the device at work no longer than a pairing', async () => {
    const { relay, ada, bob } = await twoDevices();
    answering(bob, never);
    const joining = codeOf(ada.pairing.joinDevice(bob.identity.id, { ask: never }));
    const frame = { type: 'AuthVerify', fields: { challenge_response: 'AAAA' } } as const;
    for (let count = 0; count < 1_000; count += 1) relay.inject({ from: ada.identity.id, to: bob.identity.id, frame });
    ada.link.close();
    expect(await joining).toBe('lost');
  });
});
