import { expect, test } from '@jest/globals';
import { type DeviceKey, deviceKeyOf } from '@openrelay/protocol';
import { ContactTags, contactTagOf } from '../../src/routing/contact-tags';

const [owner, sender] = [deviceKeyOf('a1'.repeat(32)), deviceKeyOf('B2'.repeat(16))];

type Asked = { recipient: DeviceKey; envelope: { sender: string }; id: number; tag?: Uint8Array | undefined };

function to(recipient: DeviceKey, id = 0): Asked {
  return { recipient, envelope: { sender }, id };
}

/** Redis, whose listed recipients need a tag. */
function redisWith(listed: readonly DeviceKey[]) {
  const calls: number[][] = [];
  const ask = async (items: Asked[]) => {
    calls.push(items.map(({ id }) => id));
    return items.map(({ recipient, tag, id }) => ({
      status: listed.includes(recipient) && !tag ? 'listed' : `stored ${id}`,
    }));
  };
  return { calls, ask };
}

test('a tag is half of a SHA-256 over the owner and the other, in upper case', () => {
  // printf 'openrelay-contact-v1\0%s\0%s' OWNER OTHER | sha256sum
  expect(Buffer.from(contactTagOf(owner, sender)).toString('hex')).toBe('daa8bc5a6c63dcadc38df91cc1e113f9');
  expect(contactTagOf(sender, owner)).not.toEqual(contactTagOf(owner, sender));
});

test('messages to a listed recipient are asked for again with a tag, and the verdicts keep their order', async () => {
  const { calls, ask } = redisWith([owner]);
  const tags = new ContactTags();
  const other = deviceKeyOf('c3'.repeat(32));
  const verdicts = await tags.ask([to(owner, 1), to(other, 2), to(owner, 3)], ask);
  expect(verdicts.map(({ status }) => status)).toEqual(['stored 1', 'stored 2', 'stored 3']);
  expect(calls).toEqual([
    [1, 2, 3],
    [1, 3],
  ]);
  await tags.ask([to(owner, 4), to(other, 5)], ask);
  expect(calls.slice(2)).toEqual([[4, 5]]);
});

test('no more recipients are remembered than the bound: the one not written to for longest is forgotten', async () => {
  const recipients = Array.from({ length: 3 }, (_, i) => deviceKeyOf(`0${i}`.repeat(16)));
  const { calls, ask } = redisWith(recipients);
  const tags = new ContactTags(2);
  const [one, two, three] = recipients as [DeviceKey, DeviceKey, DeviceKey];
  for (const recipient of [one, two, one, three]) await tags.ask([to(recipient)], ask);
  expect(calls).toHaveLength(4 + 3);
  await tags.ask([to(one)], ask);
  expect(calls).toHaveLength(8);
  await tags.ask([to(two)], ask);
  expect(calls).toHaveLength(10);
});

test('when the second question fails the verdicts of the others stand', async () => {
  const { ask } = redisWith([owner]);
  let asked = 0;
  const failing = (items: Asked[]) => (++asked === 1 ? ask(items) : Promise.reject(new Error('away')));
  const verdicts = await new ContactTags().ask([to(owner, 1), to(sender, 2)], failing);
  expect(verdicts.map(({ status }) => status)).toEqual(['listed', 'stored 2']);
});
