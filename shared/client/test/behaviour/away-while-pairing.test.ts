import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { eventually } from '@openrelay/testing';
import { type AskUser, PairingError, RelayError, rendezvousId, utf8 } from '../../src/index';
import { altered } from '../middle/lies';
import { MiddleRig, type ReadingRig } from '../middle/middle-rig';

const rig = new MiddleRig();
beforeAll(() => rig.start());
afterEach(() => rig.clear());
afterAll(() => rig.stop());

const ask: AskUser = async () => 'trust';

async function endOf(pairing: Promise<unknown>): Promise<string> {
  return pairing.then(
    () => 'paired',
    (error: unknown) => {
      if (error instanceof PairingError) return error.code;
      throw error;
    },
  );
}

/** The relay itself says that nobody has this id. */
async function untilAbsent({ device }: ReadingRig, recipientId: string): Promise<void> {
  await eventually(async () => {
    const answer = device.outbox.send({ recipientId, data: utf8('there?'), ttlSeconds: 0 });
    const code = await answer.catch((error: unknown) => error instanceof RelayError && error.code);
    expect(code).toBe(404);
  });
}

test('a host whose registration is gone for a moment, while its code is typed: the joiner hears that nobody answers yet, and the two are paired', async () => {
  const [joiner, host] = [await rig.device('joiner'), await rig.device('host')];
  const { text, code, paired } = await host.device.pairing.hostCode({ ask });
  const hostId = rendezvousId(code.number);
  const say = (status: string) =>
    rig.middle.leg(hostId).toRelay({ type: 'Status', payload: { hardware_id: hostId, status } });
  say('Offline');
  await untilAbsent(joiner, hostId);
  let absences = 0;
  const onAbsent = (): void => {
    absences += 1;
    say('Online');
  };
  expect(await endOf(joiner.device.pairing.joinCode(text, { ask, onAbsent }))).toBe('paired');
  expect(await endOf(paired)).toBe('paired');
  expect(absences).toBeGreaterThan(0);
});

test('a host that ends it and goes: the joiner hears why, though the relay says first that nobody is there', async () => {
  const [joiner, host] = [await rig.device('joiner'), await rig.device('host')];
  const { text, paired } = await host.device.pairing.hostCode({ ask });
  let trust = (): void => {};
  let refuse = (): void => {};
  rig.middle.lie = (passing, leg) => {
    const { way, type, id } = passing;
    if (way === 'down' && type === 'AuthVerify') return [altered(passing, 'challenge_response', 0)];
    if (id !== joiner.id || type !== 'AuthSuccess') return undefined;
    if (way === 'up') trust = () => leg.toRelay(passing);
    else refuse = () => leg.toDevice(passing);
    return [];
  };
  let absences = 0;
  const onAbsent = (): void => {
    absences += 1;
  };
  const joining = endOf(joiner.device.pairing.joinCode(text, { ask, onAbsent }));
  expect(await endOf(paired)).toBe('wrong-code');
  await eventually(() => {
    trust();
    expect(absences).toBeGreaterThan(0);
  });
  refuse();
  expect(await joining).toBe('wrong-code');
});
