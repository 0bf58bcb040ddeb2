import { randomBytes } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { deviceKeyOf, type Refusal, type RegisterMessage } from '@openrelay/protocol';
import { DeviceSigner, eventually, freshHardwareId } from '@openrelay/testing';
import { Connection } from '../../src/connection/connection';
import { Challenges } from '../../src/inbound/challenges';
import { provableHosts, registerText, successionText } from '../../src/inbound/signed-texts';
import { openSocket } from './edge-rig';

const host = 'relay.example.org:3000';

/** Challenges that a device answers, over a Redis that knows one key. */
function rig(keyOf: () => Promise<Buffer | undefined> = async () => undefined) {
  let nowMs = 1000;
  const frames: string[] = [];
  const refused: Refusal[] = [];
  const registered: { hardwareId: string; key: string | undefined; succeeds: string | undefined }[] = [];
  const challenges = new Challenges({
    settings: { claims: 'optional', publicHosts: [] },
    shards: 1,
    claims: { keyOf },
    clock: { now: () => 1_760_000_000_000.5 },
    monotonicMs: () => nowMs,
    outbox: { add: (_, frame) => void frames.push(String(frame)) },
    replies: { refuse: (_, refusal) => void refused.push(refusal) },
    registrations: {
      register: (_, { hardwareId, proof }) => {
        const hexOf = (bytes: Uint8Array | undefined) => bytes && hex(bytes);
        registered.push({ hardwareId, key: hexOf(proof?.key), succeeds: hexOf(proof?.succeeds) });
      },
    },
  });
  const connection = new Connection(openSocket(), 'json', nowMs, host);
  const hardwareId = freshHardwareId();
  const begin = (fields: Partial<RegisterMessage>): string => {
    const asked = { type: 'Register', claimedId: hardwareId, acks: true, presence: 'shown', ...fields } as const;
    challenges.begin(connection, asked);
    return frames.length === 0 ? '' : JSON.parse(frames.at(-1)!).payload.nonce;
  };
  const prove = async (signer: DeviceSigner, nonce: string) =>
    challenges.prove(connection, Buffer.from(await signer.prove(hardwareId, host, nonce), 'base64'));
  const wait = (ms: number) => {
    nowMs += ms;
  };
  return { challenges, connection, hardwareId, frames, refused, registered, begin, prove, wait };
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

test('a challenge says when it ends, by the clock of the relay', async () => {
  const { begin, frames } = rig();
  begin({ publicKey: (await DeviceSigner.make()).publicKey });
  expect(JSON.parse(frames[0]!)).toEqual({
    type: 'Challenge',
    payload: { nonce: expect.any(String), expires_at: 1_760_000_030_000 },
  });
});

test('a proof counts within 30 s, and not later', async () => {
  const signer = await DeviceSigner.make();
  const { begin, prove, wait, refused, registered, hardwareId } = rig();
  const first = begin({ publicKey: signer.publicKey });
  wait(30_000);
  await prove(signer, first);
  expect(registered).toEqual([{ hardwareId, key: hex(signer.publicKey), succeeds: undefined }]);
  const second = begin({ publicKey: signer.publicKey });
  wait(30_001);
  await prove(signer, second);
  expect(refused).toMatchObject([{ code: 401 }]);
  expect(registered).toHaveLength(1);
});

test('no nonce is like another', async () => {
  const { begin } = rig();
  const { publicKey } = await DeviceSigner.make('P-256');
  const nonces = Array.from({ length: 100 }, () => begin({ publicKey }));
  expect(new Set(nonces).size).toBe(nonces.length);
});

describe('a succession', () => {
  test('names the key before only when that one has signed', async () => {
    const [former, next, stranger] = await Promise.all([
      DeviceSigner.make('P-256'),
      DeviceSigner.make(),
      DeviceSigner.make(),
    ]);
    const { begin, prove, registered, hardwareId } = rig(async () => Buffer.from(former.publicKey));
    for (const signer of [former, stranger]) {
      const succession = Buffer.from(await signer.succeededBy(hardwareId, next), 'base64');
      await prove(next, begin({ publicKey: next.publicKey, succession }));
    }
    await eventually(() => expect(registered).toHaveLength(2));
    expect(registered.map(({ key }) => key)).toEqual([hex(next.publicKey), hex(next.publicKey)]);
    expect(registered.map(({ succeeds }) => succeeds)).toEqual([hex(former.publicKey), undefined]);
  });

  test('of an id that nobody has claimed changes nothing', async () => {
    const next = await DeviceSigner.make();
    const { begin, prove, registered } = rig();
    await prove(next, begin({ publicKey: next.publicKey, succession: randomBytes(64) }));
    await eventually(() => expect(registered).toMatchObject([{ key: hex(next.publicKey), succeeds: undefined }]));
  });

  test('is answered 503 when Redis does not say which key was before', async () => {
    const next = await DeviceSigner.make();
    const { begin, prove, refused, registered } = rig(() => Promise.reject(new Error('away')));
    await prove(next, begin({ publicKey: next.publicKey, succession: randomBytes(64) }));
    await eventually(() => expect(refused).toMatchObject([{ code: 503 }]));
    expect(registered).toEqual([]);
  });

  test('that is overtaken by another Register is dropped, and its proof is not taken twice', async () => {
    const next = await DeviceSigner.make();
    const asked: ((key: undefined) => void)[] = [];
    const { begin, prove, refused, registered, hardwareId } = rig(() => new Promise((resolve) => asked.push(resolve)));
    const nonce = begin({ publicKey: next.publicKey, succession: randomBytes(64) });
    await prove(next, nonce);
    await prove(next, nonce);
    expect(refused).toMatchObject([{ code: 401 }]);
    begin({ claimedId: hardwareId });
    for (const resolve of asked) resolve(undefined);
    await new Promise((resolve) => setImmediate(resolve));
    expect(registered).toEqual([{ hardwareId, key: undefined, succeeds: undefined }]);
  });
});

describe('the hosts that a proof may name', () => {
  test.each([
    [host, [], [host]],
    ['relay.example.org', [], ['relay.example.org']],
    ['relay.example.org:443', [], ['relay.example.org', 'relay.example.org:443']],
    ['relay.example.org:80', [], ['relay.example.org', 'relay.example.org:80']],
    ['', [], []],
    ['inside:3000', ['a.org', 'b.org:8443'], ['a.org', 'b.org:8443']],
    ['b.org:8443', ['a.org', 'b.org:8443'], ['b.org:8443', 'a.org']],
    ['b.org:443', ['a.org', 'b.org'], ['b.org', 'a.org']],
    ['inside:3000', ['a.org:443'], ['a.org', 'a.org:443']],
  ])('are, for a connection to %j of a deployment that knows %j: %j', (said, known, hosts) => {
    expect(provableHosts(said, known)).toEqual(hosts);
  });
});

/** What a device signs, byte for byte, as RESPONSES.md has it. */
test('the signed text is the one of the protocol', () => {
  const hardwareId = `ab${'0'.repeat(62)}`;
  const device = deviceKeyOf(hardwareId);
  const [nonce, key] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
  const text = registerText(device, host, nonce, key);
  expect(text.toString('latin1')).toBe(
    `openrelay-register-v1\0AB${'0'.repeat(62)}\0relay.example.org:3000\0${'\x01'.repeat(32)}${'\x02'.repeat(32)}`,
  );
  expect(successionText(device, key).toString('latin1')).toBe(
    `openrelay-succession-v1\0AB${'0'.repeat(62)}\0${'\x02'.repeat(32)}`,
  );
});
