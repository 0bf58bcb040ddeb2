import { describe, expect, jest, test } from '@jest/globals';
import { type AskUser, type AuthFrame, type Identity, type Peer, readCode, rendezvousId } from '../../../src/index';
import { identityOf, seededRandom } from '../../pairing-rig';
import { RelayBetween } from '../../relay-between';
import { codeOf, deviceOn, names, never, refuse, trust, twoDevices, useDevices } from './pairing-devices';

useDevices();

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
