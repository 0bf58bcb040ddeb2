import { inspect } from 'node:util';
import { expect, test } from '@jest/globals';
import {
  deviceNameFault,
  identityRecordOf,
  loadIdentity,
  MemoryStore,
  readIdentityRecord,
  renameIdentity,
  StoreDamaged,
  toBase64,
  utf8,
  verifySignature,
} from '../../../src/index';

test('an identity is made once, and is the same ever after', async () => {
  const store = new MemoryStore();
  const first = await loadIdentity(store, { name: 'Laptop' });
  const again = await loadIdentity(store, { name: 'Something else' });
  expect(first.id).toMatch(/^[0-9A-F]{64}$/);
  expect(again).toMatchObject({ id: first.id, name: 'Laptop' });
  expect(again.agreement.publicKey).toEqual(first.agreement.publicKey);
  const signature = await again.signing.sign(utf8('a'));
  expect(await verifySignature(first.signing.publicKey, utf8('a'), signature)).toBe(true);
  expect((await loadIdentity(new MemoryStore(), { name: 'Laptop' })).id).not.toBe(first.id);
});

test('another name leaves id and keys as they are', async () => {
  const store = new MemoryStore();
  const { id } = await loadIdentity(store, { name: 'Laptop' });
  expect(await renameIdentity(store, 'Office')).toMatchObject({ id, name: 'Office' });
  expect(await loadIdentity(store, { name: 'Laptop' })).toMatchObject({ id, name: 'Office' });
  await expect(renameIdentity(store, '')).rejects.toThrow(RangeError);
});

test.each(['', 'no JSON', '{"v":2}', '{"v":1,"id":"AA"}', '[]'])(
  'a damaged one is told, and never replaced: %s',
  async (text) => {
    const store = new MemoryStore();
    await store.write(new Map([['identity', utf8(text)]]));
    const loading = loadIdentity(store, { name: 'Laptop' });
    await expect(loading).rejects.toThrow(StoreDamaged);
    await expect(loading).rejects.toThrow(/identity.*delete it/is);
    expect(await store.get('identity')).toEqual(utf8(text));
  },
);

test.each([
  ['', /1 to 64/],
  ['a'.repeat(65), /1 to 64/],
  ['two\nlines', /control/],
  ['a\0b', /control/],
  ['gpj.\u202Eexe', /control/],
  ['de\u200Bsk', /control/],
  ['desk\u00AD', /control/],
  ['\uD800', /control/],
])('is not called %j', async (name, why) => {
  expect(deviceNameFault(name)).toMatch(why);
  await expect(loadIdentity(new MemoryStore(), { name })).rejects.toThrow(why);
});

test.each(['a', '📱'.repeat(64), 'Büro, 2. Stock', '仕事用ノート'])('may be called %s', (name) => {
  expect(deviceNameFault(name)).toBeUndefined();
});

test('a record says who a device is, and prints nothing secret', async () => {
  const identity = await loadIdentity(new MemoryStore(), { name: 'Laptop' });
  const record = await readIdentityRecord(await identityRecordOf(identity));
  const { proof, ...shown } = record!;
  expect(proof).toHaveLength(64);
  expect(shown).toEqual({
    id: identity.id,
    name: 'Laptop',
    signing: identity.signing.publicKey,
    agreement: identity.agreement.publicKey,
  });
  expect(inspect(identity, { depth: 9 })).toMatch(/sign: \[(Async)?Function/);
});

test('a record is none with a foreign key, another form, or too much in it', async () => {
  const [one, other] = [
    await loadIdentity(new MemoryStore(), { name: 'One' }),
    await loadIdentity(new MemoryStore(), { name: 'Other' }),
  ];
  const fields = JSON.parse(new TextDecoder().decode(await identityRecordOf(one))) as Record<string, unknown>;
  const changes = [
    { signing: toBase64(other.signing.publicKey) },
    { agreement: toBase64(other.agreement.publicKey) },
    { id: other.id },
    { id: one.id.toLowerCase() },
    { name: 'One ' },
    { v: 2 },
    { more: 'x'.repeat(2_048) },
  ];
  for (const change of changes) {
    expect(await readIdentityRecord(utf8(JSON.stringify({ ...fields, ...change })))).toBeUndefined();
  }
  expect(await readIdentityRecord(utf8('null'))).toBeUndefined();
  expect(await readIdentityRecord(Uint8Array.of(0xff))).toBeUndefined();
});
