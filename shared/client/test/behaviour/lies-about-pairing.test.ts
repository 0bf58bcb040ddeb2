import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { type AskUser, PairingError, type PairingRole, randomBytes, rendezvousId, toBase64 } from '../../src/index';
import { about, altered, withField } from '../middle/lies';
import { idsOf, ManInTheMiddle, type Pair } from '../middle/man-in-the-middle';
import { MiddleRig, type ReadingRig } from '../middle/middle-rig';
import type { Lie } from '../middle/relay-in-the-middle';

const rig = new MiddleRig();
beforeAll(() => rig.start());
afterEach(() => rig.clear());
afterAll(() => rig.stop());

const trust: AskUser = async () => 'trust';
const peersOf = (...rigs: ReadingRig[]): string[][] =>
  rigs.map(({ device }) => device.peers.list().map(({ name }) => name));

type End = { readonly code: string; readonly sentence: string };

async function endOf(pairing: Promise<unknown>): Promise<End> {
  try {
    await pairing;
    return { code: 'paired', sentence: '' };
  } catch (error) {
    if (error instanceof PairingError) return { code: error.code, sentence: error.message };
    throw error;
  }
}

async function twoStrangers(answerMs = 30_000): Promise<Pair> {
  const options = { pairingTimes: { answerMs } };
  return { joiner: await rig.device('joiner', options), host: await rig.device('host', options) };
}

/** How it ends on each side. */
type Ends = Readonly<Record<PairingRole, Promise<End>>>;

/** @param lie made when both are there, and told from the first frame of the pairing itself */
async function byCode({ joiner, host }: Pair, lie: Lie): Promise<Ends> {
  const { text, paired } = await host.device.pairing.hostCode({ ask: trust });
  rig.middle.lie = lie;
  return { joiner: endOf(joiner.device.pairing.joinCode(text, { ask: trust })), host: endOf(paired) };
}

async function byDigits({ joiner, host }: Pair, lie: Lie, ask: AskUser = trust): Promise<Ends> {
  const hosted = new Promise<unknown>((paired, failed) => {
    host.device.pairing.answerDevices({ ask, paired, failed });
  });
  rig.middle.lie = lie;
  return { joiner: endOf(joiner.device.pairing.joinDevice(host.id, { ask })), host: endOf(hosted) };
}

async function bothOf({ joiner, host }: Ends): Promise<Record<PairingRole, End>> {
  return { joiner: await joiner, host: await host };
}

const ways = { code: byCode, digits: byDigits };
const both = (code: string): object => ({ joiner: { code }, host: { code } });

/** Of the connection that a frame comes down on, the joiner's being its own. */
const down = (type: string, id?: string) => ({ type, way: 'down', id }) as const;

describe.each(['code', 'digits'] as const)('a relay that, in a pairing by %s,', (mode) => {
  const pair = async (devices: Pair, lie: Lie): Promise<Record<PairingRole, End>> =>
    bothOf(await ways[mode](devices, lie));

  test('is honest, though in the middle, is no trouble', async () => {
    const devices = await twoStrangers();
    expect(await pair(devices, () => undefined)).toMatchObject(both('paired'));
    expect(peersOf(devices.joiner, devices.host)).toEqual([['host'], ['joiner']]);
  });

  // What is altered, and how it ends for who notices it; the other one hears no more than that.
  test.each([
    ['the joiner’s share', 'AuthRequest', 'public_key', 3],
    ['the joiner’s commitment', 'AuthRequest', 'challenge', 0],
    ['the host’s share', 'AuthResponse', 'challenge_response', 3],
    ['the host’s nonce', 'AuthResponse', 'challenge_response', mode === 'code' ? 70 : 40],
    ['the end of the host’s answer', 'AuthResponse', 'challenge_response', -1],
    ['the host’s box', 'AuthResponse', 'challenge', 40],
    ['the beginning of the joiner’s answer', 'AuthVerify', 'challenge_response', 0],
    ['the joiner’s box', 'AuthVerify', 'challenge_response', -1],
  ] as const)('alters %s: nobody is paired, and both are told', async (_, type, field, at) => {
    const devices = await twoStrangers();
    const ends = await pair(
      devices,
      about(down(type), (frame) => [altered(frame, field, at)]),
    );
    const told = {
      code: expect.stringMatching(/^(tampered|wrong-code|refused)$/),
      sentence: expect.stringMatching(/./),
    };
    expect(ends).toMatchObject({ joiner: told, host: told });
    expect([ends.joiner.code, ends.host.code]).not.toEqual(['refused', 'refused']);
    expect(peersOf(devices.joiner, devices.host)).toEqual([[], []]);
  });

  test('alters the last word of the host: the joiner is not paired', async () => {
    const devices = await twoStrangers();
    const isLast = down('AuthSuccess', devices.joiner.id);
    const { joiner } = await pair(
      devices,
      about(isLast, (frame) => [altered(frame, 'proof', 0)]),
    );
    expect(joiner.code).toBe('tampered');
    expect(peersOf(devices.joiner)).toEqual([[]]);
  });

  test.each(['AuthResponse', 'AuthVerify'])('says `trusted` in place of %s: it is tampered', async (type) => {
    const devices = await twoStrangers();
    const lie = about(down(type), ({ payload }) => [
      { type: 'AuthSuccess', payload: { ...idsOf(payload.hardware_id), ...madeUpTrust() } },
    ]);
    const { joiner, host } = await ways[mode](devices, lie);
    const deceived = type === 'AuthResponse' ? joiner : host;
    expect(await deceived).toMatchObject({
      code: 'tampered',
      sentence: expect.stringContaining('the relay may be lying'),
    });
    expect(peersOf(devices.joiner, devices.host)).toEqual([[], []]);
  });

  test('says `trusted` before anything else was said: it is tampered', async () => {
    const devices = await twoStrangers();
    const lie = about({ type: 'AuthRequest', way: 'up' }, ({ payload }, leg) => {
      leg.toDevice({ type: 'AuthSuccess', payload: { ...idsOf(payload.recipient_id), ...madeUpTrust() } });
      return undefined;
    });
    const { joiner } = await ways[mode](devices, lie);
    expect((await joiner).code).toBe('tampered');
    expect(peersOf(devices.joiner, devices.host)).toEqual([[], []]);
  });

  test('says that the other side refused: it is believed, and nobody is paired', async () => {
    const devices = await twoStrangers();
    const refusal = { trusted: false, reason: 'refused', v: 1 };
    const lie = about(down('AuthResponse'), (frame) => [
      { type: 'AuthSuccess', payload: { ...idsOf(frame.payload.hardware_id), ...refusal } },
    ]);
    const { joiner } = await ways[mode](devices, lie);
    expect(await joiner).toMatchObject({
      code: 'refused',
      sentence: expect.stringContaining('or the relay in its name'),
    });
    expect(peersOf(devices.joiner, devices.host)).toEqual([[], []]);
  });

  test('says everything twice: the two are paired, once', async () => {
    const devices = await twoStrangers();
    const twice: Lie = (frame) => (frame.way === 'down' && frame.type.startsWith('Auth') ? [frame, frame] : undefined);
    expect(await pair(devices, twice)).toMatchObject(both('paired'));
    expect(peersOf(devices.joiner, devices.host)).toEqual([['host'], ['joiner']]);
  });

  test.each(['AuthRequest', 'AuthResponse'])('drops %s: it ends in time, and nobody is paired', async (type) => {
    const devices = await twoStrangers(400);
    const ends = await ways[mode](
      devices,
      about(down(type), () => []),
    );
    expect(await ends.joiner).toMatchObject({ code: 'expired', sentence: expect.stringContaining('begin again') });
    if (type === 'AuthResponse') expect((await ends.host).code).toBe('expired');
    expect(peersOf(devices.joiner, devices.host)).toEqual([[], []]);
  });

  test('drops the joiner’s answer: what follows it gives that away, and nobody is paired', async () => {
    const devices = await twoStrangers();
    const ends = await pair(
      devices,
      about(down('AuthVerify'), () => []),
    );
    expect(ends).toMatchObject({ joiner: { code: 'refused' }, host: { code: 'tampered' } });
    expect(peersOf(devices.joiner, devices.host)).toEqual([[], []]);
  });

  test('stands between the two with keys of its own: neither is paired with it', async () => {
    const devices = await twoStrangers();
    const digits: string[] = [];
    const compare: AskUser = async ({ digits: shown }) => {
      digits.push(shown);
      return 'digits-differ';
    };
    const between = await ManInTheMiddle.between(rig.middle, devices, mode);
    const ends = await bothOf(
      mode === 'code' ? await byCode(devices, between.lie) : await byDigits(devices, between.lie, compare),
    );
    expect(ends).toMatchObject(mode === 'code' ? both('wrong-code') : both('digits-differ'));
    expect(new Set(digits).size).toBe(mode === 'code' ? 0 : 2);
    expect(peersOf(devices.joiner, devices.host)).toEqual([[], []]);
    if (mode === 'code') expect(between.seenNames).toEqual([]);
  });
});

test('a relay that brings the joiner of one code to the maker of another: neither is paired', async () => {
  const { joiner, host } = await twoStrangers();
  const third = await rig.device('third');
  const codes = [
    await host.device.pairing.hostCode({ ask: trust }),
    await third.device.pairing.hostCode({ ask: trust }),
  ];
  const [meant, other] = codes.map(({ code }) => code);
  const [meantId, otherId] = [rendezvousId(meant!.number), rendezvousId(other!.number)];
  rig.middle.lie = (passing) => {
    const { way, type, id, payload } = passing;
    if (!type.startsWith('Auth')) return undefined;
    if (way === 'up' && id === joiner.id) return [withField(passing, 'recipient_id', otherId)];
    return way === 'down' && id === joiner.id && payload.hardware_id === otherId
      ? [{ type, payload: { ...payload, ...idsOf(meantId) } }]
      : undefined;
  };
  const joined = await endOf(joiner.device.pairing.joinCode(codes[0]!.text, { ask: trust }));
  expect(joined.code).toBe('wrong-code');
  expect((await endOf(codes[1]!.paired)).code).toBe('wrong-code');
  expect(peersOf(joiner, host, third)).toEqual([[], [], []]);
});

test('a relay that says that another device asks: its record says who it is', async () => {
  const devices = await twoStrangers();
  const third = await rig.device('third');
  const lie: Lie = ({ way, type, id, payload }) => {
    if (!type.startsWith('Auth')) return undefined;
    if (way === 'down' && id === devices.host.id) return [{ type, payload: { ...payload, ...idsOf(third.id) } }];
    return way === 'up' && id === devices.host.id
      ? [{ type, payload: { ...payload, recipient_id: devices.joiner.id } }]
      : undefined;
  };
  const ends = await bothOf(await byDigits(devices, lie));
  expect(ends.host).toMatchObject({ code: 'tampered', sentence: expect.stringContaining('comes from another one') });
  expect(peersOf(devices.joiner, devices.host, third)).toEqual([[], [], []]);
});

const madeUpTrust = () => ({ trusted: true, proof: toBase64(randomBytes(32)), v: 1 });
