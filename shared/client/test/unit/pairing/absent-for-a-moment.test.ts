import { describe, expect, test } from '@jest/globals';
import { type AuthFrame, fromBase64, toBase64 } from '../../../src/index';
import { type Carried, RelayBetween } from '../../relay-between';
import { codeOf, names, trust, twoDevices, useDevices } from './pairing-devices';

useDevices();

const isProbe = ({ fields }: AuthFrame): boolean => fields.mode === 'probe';

/** Refuses the first frame of each of these types, and hands on everything else. */
function refusingOnce(types: readonly AuthFrame['type'][], code = 404): RelayBetween {
  const left = new Set(types);
  const relay: RelayBetween = new RelayBetween((carried) => {
    const { frame } = carried;
    return !isProbe(frame) && left.delete(frame.type) ? relay.refuse(carried, code) : [carried];
  });
  return relay;
}

function requestsIn({ carried }: RelayBetween): readonly Carried[] {
  return carried.filter(({ frame }) => frame.type === 'AuthRequest' && !isProbe(frame));
}

const steps = [['AuthRequest'], ['AuthResponse'], ['AuthVerify', 'AuthSuccess']] as const;

describe.each([404, 503])('what is refused once with %i is said again, and the two are paired', (code) => {
  test.each(steps)('by a code: %s', async (...types) => {
    const { ada, bob } = await twoDevices(refusingOnce(types, code));
    const hosted = await bob.pairing.hostCode({ ask: trust });
    expect(await codeOf(ada.pairing.joinCode(hosted.text, { ask: trust }))).toBe('paired');
    expect(await codeOf(hosted.paired)).toBe('paired');
    expect([names(ada.peers), names(bob.peers)]).toEqual([['Bob'], ['Ada']]);
  });

  test.each(steps)('by digits: %s', async (...types) => {
    const { ada, bob } = await twoDevices(refusingOnce(types, code));
    const hosted = new Promise<unknown>((paired, failed) => {
      bob.pairing.answerDevices({ ask: trust, paired, failed });
    });
    expect(await codeOf(ada.pairing.joinDevice(bob.identity.id, { ask: trust }))).toBe('paired');
    expect(await codeOf(hosted)).toBe('paired');
  });
});

test('who is not there at all is asked three times, in the same words, and the user hears of it meanwhile', async () => {
  const { relay, ada } = await twoDevices();
  let absences = 0;
  const onAbsent = (): void => {
    absences += 1;
  };
  expect(await codeOf(ada.pairing.joinCode('7-crossover-clockwork', { ask: trust, onAbsent }))).toBe('no-such-code');
  const [first, ...again] = requestsIn(relay);
  expect(again).toEqual([first, first]);
  expect(absences).toBe(3);
});

test('a try that is asked again is one try: with wrong words the code is used up by it', async () => {
  const relay = refusingOnce(['AuthResponse']);
  const { ada, bob } = await twoDevices(relay);
  const hosted = await bob.pairing.hostCode({ ask: trust });
  const wrong = `${hosted.code.number}-crossover-${hosted.code.words[1] === 'cobra' ? 'zulu' : 'cobra'}`;
  const joining = codeOf(ada.pairing.joinCode(wrong, { ask: trust }));
  expect(await joining).toBe('wrong-code');
  expect(await codeOf(hosted.paired)).toBe('wrong-code');
});

test('of a host that has ended it the joiner hears why, though the relay says first that nobody is there', async () => {
  const relay: RelayBetween = new RelayBetween((carried) => {
    const { frame } = carried;
    if (frame.type === 'AuthVerify') return [{ ...carried, frame: spoilt(frame) }];
    return frame.fields.trusted === true ? relay.refuse(carried) : [carried];
  });
  const { ada, bob } = await twoDevices(relay);
  const hosted = await bob.pairing.hostCode({ ask: trust });
  const joining = codeOf(ada.pairing.joinCode(hosted.text, { ask: trust }));
  expect(await codeOf(hosted.paired)).toBe('wrong-code');
  expect(await joining).toBe('wrong-code');
});

test('a host that went without a word has left: its code is not called mistyped', async () => {
  let leave = (): void => {};
  const relay = new RelayBetween((carried) => {
    if (carried.frame.type === 'AuthVerify') leave();
    return carried.frame.fields.trusted === false ? [] : [carried];
  });
  const { ada, bob } = await twoDevices(relay);
  leave = () => bob.pairing.close();
  const hosted = await bob.pairing.hostCode({ ask: trust });
  expect(await codeOf(ada.pairing.joinCode(hosted.text, { ask: trust }))).toBe('left');
  expect(await codeOf(hosted.paired)).toBe('cancelled');
});

test('a stranger that asks for the number and is gone does not end the pairing that is under way', async () => {
  const relay: RelayBetween = new RelayBetween((carried) => {
    const { from, to, frame } = carried;
    if (frame.type === 'AuthVerify') relay.inject({ from: stranger, to, frame: probe });
    if (frame.type === 'AuthResponse') relay.inject({ from: stranger, to: from, frame: probe });
    return [carried];
  });
  const { ada, bob } = await twoDevices(relay);
  const hosted = await bob.pairing.hostCode({ ask: trust });
  expect(await codeOf(ada.pairing.joinCode(hosted.text, { ask: trust }))).toBe('paired');
  expect(await codeOf(hosted.paired)).toBe('paired');
});

const stranger = 'EE'.repeat(32);
const probe: AuthFrame = { type: 'AuthRequest', fields: { public_key: '', challenge: '', mode: 'probe', v: 1 } };

function spoilt({ type, fields }: AuthFrame): AuthFrame {
  const bytes = Uint8Array.from(fromBase64(String(fields.challenge_response))!);
  bytes[0]! ^= 1;
  return { type, fields: { ...fields, challenge_response: toBase64(bytes) } };
}
