import { describe, expect, test } from '@jest/globals';
import { eventually } from '@openrelay/testing';
import type { AskUser, PairingParts } from '../../../src/index';
import { refusalFrame, requestFrame } from '../../../src/pairing/exchange/pairing-frames';
import { RelayBetween } from '../../relay-between';
import { codeOf, type Device, deviceOn, never, trust, twoDevices, useDevices } from './pairing-devices';

useDevices();

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
