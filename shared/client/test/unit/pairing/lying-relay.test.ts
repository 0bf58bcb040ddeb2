import { describe, expect, test } from '@jest/globals';
import {
  type AuthFrame,
  fromBase64,
  type Identity,
  type PairingMode,
  type PairingOutput,
  type PairingRole,
  toBase64,
} from '../../../src/index';
import {
  type Between,
  code,
  digitsIn,
  endings,
  endOf,
  identityOf,
  type Side,
  seededRandom,
  sideOf,
  talk,
  twoSides,
} from '../../pairing-rig';

const modes: readonly PairingMode[] = ['code', 'digits'];
const types = ['AuthRequest', 'AuthResponse', 'AuthVerify', 'AuthSuccess'] as const;

/** All frames of a pairing that went well, by who said them. */
async function recorded(mode: PairingMode, changes: object = {}): Promise<{ frame: AuthFrame; from: PairingRole }[]> {
  const said: { frame: AuthFrame; from: PairingRole }[] = [];
  await talk(await twoSides(mode, changes), {
    between: (frame, from) => {
      said.push({ frame, from });
      return [frame];
    },
  });
  return said;
}

function otherRandom(): object {
  return { joiner: { random: seededRandom('another joiner') }, host: { random: seededRandom('another host') } };
}

describe.each(modes)('with %s, a relay that', (mode) => {
  test.each(types)(
    'puts the %s of another pairing of the two in place of this one’s gets nobody paired by it',
    async (type) => {
      const old = await recorded(mode, otherRandom());
      const between: Between = (frame, from) => {
        const former = old.find((said) => said.frame.type === type && said.from === from);
        return [frame.type === type ? former!.frame : frame];
      };
      const heard = await talk(await twoSides(mode), { between });
      const ends = Object.values(endings(heard));
      expect(ends.some((end) => ['tampered', 'wrong-code'].includes(end))).toBe(true);
      // Only the last word can be kept from one side after the other has it.
      if (type !== 'AuthSuccess') expect(ends.join()).not.toContain('paired');
    },
  );

  test('says every frame twice changes nothing', async () => {
    const heard = await talk(await twoSides(mode), { between: (frame) => [frame, frame] });
    expect(endings(heard)).toEqual({ joiner: 'paired with Bob', host: 'paired with Ada' });
  });

  test.each(types)('keeps every %s to itself gets nobody to trust', async (type) => {
    const heard = await talk(await twoSides(mode), { between: (frame) => (frame.type === type ? [] : [frame]) });
    expect(Object.values(endings(heard)).join()).not.toContain('paired');
  });

  test.each([
    ['without a proof', { trusted: true }],
    ['with zeros', { trusted: true, proof: toBase64(new Uint8Array(32)) }],
    ['with something that is no base64', { trusted: true, proof: 7 }],
  ])('says in the name of each that it trusts the other, %s, is found out', async (_how, fields) => {
    const between: Between = (frame) => (frame.type === 'AuthSuccess' ? [{ type: 'AuthSuccess', fields }] : [frame]);
    expect(endings(await talk(await twoSides(mode), { between }))).toEqual({ joiner: 'tampered', host: 'tampered' });
  });

  test('says so before anything else is found out, too', async () => {
    const early: AuthFrame = { type: 'AuthSuccess', fields: { trusted: true, proof: toBase64(new Uint8Array(32)) } };
    const heard = await talk(await twoSides(mode), { between: (frame) => [early, frame] });
    expect(endings(heard).host).toBe('tampered');
    expect(endings(heard).joiner).not.toContain('paired');
  });

  test('hands each side’s own words back to it gets nothing', async () => {
    const { joiner, host } = await twoSides(mode);
    const echo: AuthFrame[] = [];
    for (const output of await joiner.exchange.begin()) if (output.type === 'send') echo.push(output.frame);
    expect(await joiner.exchange.handle(echo[0]!)).toEqual([]);
    const answers = await host.exchange.handle(echo[0]!);
    const answer = (answers[0] as PairingOutput & { type: 'send' }).frame;
    expect(await host.exchange.handle(answer)).toEqual([]);
    const verified = await joiner.exchange.handle(answer);
    expect(verified.map((output) => output.type)).toEqual(['send', 'verified']);
    const own = joiner.exchange.trust()[0] as PairingOutput & { type: 'send' };
    expect((await joiner.exchange.handle(own.frame)).at(-1)).toMatchObject({
      type: 'failed',
      error: { code: 'tampered' },
    });
  });

  test('says that the other refused is believed, and nothing is changed', async () => {
    const between: Between = (frame) =>
      frame.type === 'AuthResponse'
        ? [{ type: 'AuthSuccess', fields: { trusted: false, reason: 'code-used' } }]
        : [frame];
    expect(endings(await talk(await twoSides(mode), { between }))).toEqual({ joiner: 'code-used', host: 'open' });
  });

  test.each([
    ['nothing', {}],
    ['numbers', { public_key: 1, challenge: 2, challenge_response: 3, mode: 4, v: 1, trusted: 'yes' }],
    ['a key of zeros', zeroKey(mode)],
    ['a point that is on no curve', { ...zeroKey(mode), public_key: toBase64(offCurve(mode)) }],
    [
      'far too much',
      { challenge_response: toBase64(new Uint8Array(60_000)), challenge: toBase64(new Uint8Array(9_000)) },
    ],
  ])('puts %s into the frames ends it', async (_what, fields) => {
    for (const type of types.slice(0, 3)) {
      const between: Between = (frame) => (frame.type === type ? [{ type, fields }] : [frame]);
      const heard = await talk(await twoSides(mode), { between });
      expect(Object.values(endings(heard)).join()).not.toMatch(/paired|open/);
    }
  });
});

function zeroKey(mode: PairingMode): Record<string, unknown> {
  const share = new Uint8Array(mode === 'code' ? 65 : 32);
  return { public_key: toBase64(share), challenge: toBase64(new Uint8Array(32)), mode, v: 1 };
}

function offCurve(mode: PairingMode): Uint8Array {
  // For X25519, 1 has small order: every agreement with it gives zeros.
  return mode === 'code' ? Uint8Array.of(4, ...new Uint8Array(64).fill(17)) : Uint8Array.of(1, ...new Uint8Array(31));
}

/** A relay that is in both pairings itself: the host of the one that joins, and the joiner of the one that waits. */
async function inTheMiddle(mode: PairingMode, guess = code) {
  const mallory = await identityOf('Mallory');
  const { ada, bob, joiner, host } = await twoSides(mode);
  // It may well show the ids that the two expect, with keys of its own.
  const asBob: Identity = { ...mallory, id: bob.id, name: bob.name };
  const asAda: Identity = { ...mallory, id: ada.id, name: ada.name };
  const towardsAda = await sideOf({ role: 'host', mode, identity: asBob, peerId: ada.id, code: guess });
  const towardsBob = await sideOf({
    role: 'joiner',
    mode,
    identity: asAda,
    peerId: bob.id,
    joinerId: ada.id,
    code: guess,
  });
  return { joiner, host, towardsAda, towardsBob, mallory };
}

async function pairThrough(mode: PairingMode, answer: 'trust' | 'no', guess = code) {
  const { joiner, host, towardsAda, towardsBob, mallory } = await inTheMiddle(mode, guess);
  const talkTo = (sides: { joiner: Side; host: Side }) =>
    talk(sides, { answers: { [sides.joiner === joiner ? 'joiner' : 'host']: answer } });
  const ada = await talkTo({ joiner, host: towardsAda });
  const bob = await talkTo({ joiner: towardsBob, host });
  return { ada: ada.joiner, bob: bob.host, mallory };
}

test('two devices that are told different things show different digits, and with a no nobody is paired', async () => {
  const { ada, bob } = await pairThrough('digits', 'no');
  expect(digitsIn(ada)).toMatch(/^\d{3} \d{3}$/);
  expect(digitsIn(ada)).not.toBe(digitsIn(bob));
  expect(endOf(ada)).toMatchObject({ error: { code: 'digits-differ' } });
  expect(endOf(bob)).toMatchObject({ error: { code: 'digits-differ' } });
});

test('a relay in the middle that does not know the words gets no further with either, and learns no name', async () => {
  const { ada, bob } = await pairThrough('code', 'trust', { number: 7, words: ['crossover', 'cobra'] });
  for (const outputs of [ada, bob]) {
    expect(endOf(outputs)).toMatchObject({ error: { code: 'wrong-code' } });
    expect(digitsIn(outputs)).toBeUndefined();
  }
});

test('a relay that saw a pairing by code can’t take it over with its record', async () => {
  const mallory = await identityOf('Mallory');
  const { joiner, host } = await twoSides('code');
  const middle = await sideOf({ role: 'host', mode: 'code', identity: mallory, peerId: joiner.identity.id });
  let swapped: AuthFrame | undefined;
  const between: Between = async (frame, from) => {
    if (from !== 'joiner' || frame.type !== 'AuthRequest') return [frame];
    // Even one that knows the words, but answers with the box of its own exchange beside the host's share.
    const [own] = await middle.exchange.handle(frame);
    swapped = (own as PairingOutput & { type: 'send' }).frame;
    return [frame];
  };
  const swapping: Between = async (frame, from) =>
    (await between(frame, from)).map((each) =>
      each.type === 'AuthResponse'
        ? { ...each, fields: { ...each.fields, challenge: swapped!.fields.challenge } }
        : each,
    );
  expect(endings(await talk({ joiner, host }, { between: swapping }))).toEqual({ joiner: 'tampered', host: 'refused' });
});

describe('the digits can’t be chosen', () => {
  test('by a joiner: it is bound to its nonce, record and key before it has seen the host’s', async () => {
    const honest = await recorded('digits');
    const request = honest[0]!.frame;
    const commitment = fromBase64(String(request.fields.challenge))!;
    for (const at of [0, 31]) {
      const other = Uint8Array.from(commitment, (byte, index) => (index === at ? byte ^ 1 : byte));
      const between: Between = (frame) =>
        frame.type === 'AuthRequest'
          ? [{ ...frame, fields: { ...frame.fields, challenge: toBase64(other) } }]
          : [frame];
      expect(endings(await talk(await twoSides('digits'), { between })).host).not.toContain('paired');
    }
  });

  test('by a joiner that follows the steps but shows another nonce than it was bound to', async () => {
    const { bob } = await twoSides('digits');
    const ada = await identityOf('Ada');
    const random = seededRandom('a joiner that changes its mind');
    let calls = 0;
    // The third of its random bytes is the nonce: after the commitment was made, the same array gets other content.
    let nonce = new Uint8Array();
    const changing = (bytes: number) => {
      calls += 1;
      const value = random(bytes);
      if (calls === 3) nonce = value as Uint8Array<ArrayBuffer>;
      return value;
    };
    const joiner = await sideOf({ role: 'joiner', mode: 'digits', identity: ada, peerId: bob.id, random: changing });
    const host = await sideOf({ role: 'host', mode: 'digits', identity: bob, peerId: ada.id });
    const between: Between = (frame) => {
      if (frame.type === 'AuthResponse') nonce.fill(7);
      return [frame];
    };
    const heard = await talk({ joiner, host }, { between });
    expect(endings(heard).host).toBe('tampered');
    expect(digitsIn(heard.host)).toBeUndefined();
  });

  test('by a host: a joiner shows nothing before it has the host’s nonce, record and key', async () => {
    const { joiner } = await twoSides('digits');
    const [request] = await joiner.exchange.begin();
    const { fields } = (request as PairingOutput & { type: 'send' }).frame;
    expect(Object.keys(fields).sort()).toEqual(['challenge', 'mode', 'public_key', 'v']);
    expect(fromBase64(String(fields.challenge))).toHaveLength(32);
    for (const type of ['AuthVerify', 'AuthRequest'] as const) {
      expect(await joiner.exchange.handle({ type, fields: {} })).toEqual([]);
    }
  });
});
