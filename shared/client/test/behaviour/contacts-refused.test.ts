import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '@openrelay/testing';
import { pairDevices } from '../device-rig';
import { about, times } from '../middle/lies';
import { MiddleRig } from '../middle/middle-rig';

const rig = new MiddleRig();
beforeAll(() => rig.start());
afterEach(() => rig.clear());
afterAll(() => rig.stop());

/** Where the relay does not take whom it is to let through, at the very time that somebody new is to be. */
describe.each([
  { code: 503, message: 'Redis is away' },
  { code: 429, message: 'Too many requests', retry_after_ms: 1000 },
])('a device whose list of contacts is refused with $code', (error) => {
  test('lists them again by itself, so that whom it was introduced to can write to it', async () => {
    const [one, other, third] = [await rig.device('one'), await rig.device('other'), await rig.device('third')];
    for (const each of [other, third]) await pairDevices(one, each);
    const refusal = { type: 'Error', payload: error };
    rig.middle.lie = about(
      { type: 'Contacts', way: 'up', id: other.id },
      times(2, (_, leg) => {
        leg.toDevice(refusal);
        return [];
      }),
    );
    await one.device.introduce(other.id, third.id);
    await eventually(() => expect(third.device.peers.get(other.id)).toBeDefined());
    await eventually(async () => void (await third.device.send(other.id, { text: 'may I?' }))); // once both have a key of their own
    await eventually(() => expect(other.read).toEqual(['may I?']));
  });
});
