import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { type Cluster, startCluster } from '@openrelay/launch';
import { contactTag, eventually, freshHardwareId } from '@openrelay/testing';
import WebSocket from 'ws';
import { generateSigningKey, Inbox, MemoryStore, Outbox, RegisteredConnection } from '../../src/index';
import { bytesOf, connectedLink, stopLinks, textOf } from '../rig';

let cluster: Cluster;
const outboxes: Outbox[] = [];
beforeAll(async () => {
  cluster = await startCluster({ edges: 2 });
});
afterEach(async () => {
  for (const outbox of outboxes.splice(0)) outbox.close();
  await stopLinks();
});
afterAll(() => cluster?.stop());

const hasty = { random: () => 0 };
const encodings = ['msgpack', 'json'] as const;

describe.each(encodings)('in %s', (encoding) => {
  test.each(encodings)('bytes arrive at a device that speaks %s as they were sent', async (other) => {
    const sender = await connectedLink(cluster.edge(0).url, { encoding });
    const recipient = await connectedLink(cluster.edge(1).url, { encoding: other });
    const data = Uint8Array.from({ length: 256 }, (_, byte) => byte);
    const received = new Promise((resolve) => recipient.link.onReceive((message) => resolve(message)));
    const accepted = await sender.link.send({ recipientId: recipient.link.hardwareId, data, contentType: 'Other' });
    expect(accepted.status).toBe('delivered');
    expect(await received).toMatchObject({
      senderId: sender.link.hardwareId,
      messageId: accepted.messageId,
      data,
      contentType: 'Other',
    });
  });

  test('frames of pairing and rotation carry bytes, all 64 bits, and fields that the relay does not know', async () => {
    const other = encoding === 'json' ? 'msgpack' : 'json';
    const one = await connectedLink(cluster.edge(0).url, { encoding });
    const two = await connectedLink(cluster.edge(1).url, { encoding: other });
    const heard: { name: string }[] = [];
    for (const name of [
      'authRequest',
      'authResponse',
      'authVerify',
      'authSuccess',
      'keyRotationUpdate',
      'keyRotationAck',
    ] as const) {
      two.link.on(name, (event) => heard.push({ name, ...event }));
    }
    const recipientId = two.link.hardwareId;
    const extra = { v: 1, mode: 'code', proof: 'cHJvb2Y=' };
    const [publicKey, challenge] = [bytesOf('key'), bytesOf('challenge')];
    one.link.sendAuthRequest({ recipientId, publicKey, challenge, extra });
    one.link.sendAuthResponse({ recipientId, challengeResponse: challenge, challenge, extra });
    one.link.sendAuthVerify({ recipientId, challengeResponse: challenge, extra });
    one.link.sendAuthSuccess({ recipientId, trusted: true, extra });
    const keyId = 2n ** 64n - 2n;
    one.link.sendKeyRotationUpdate({ recipientId, keyId, encryptedKeyPackage: publicKey, extra });
    one.link.sendKeyRotationAck({ recipientId, keyId, success: true, extra: { encrypted_key_package: 'cA==' } });
    await eventually(() => expect(heard).toHaveLength(6));
    const senderId = one.link.hardwareId;
    // Rotations go by way of the queue, and may overtake or be overtaken.
    const isRotation = ({ name }: { name: string }) => name.startsWith('keyRotation');
    expect([...heard.filter((event) => !isRotation(event)), ...heard.filter(isRotation)]).toMatchObject([
      { name: 'authRequest', senderId, publicKey, challenge, payload: extra },
      { name: 'authResponse', senderId, challengeResponse: challenge, challenge, payload: extra },
      { name: 'authVerify', senderId, challengeResponse: challenge, payload: extra },
      { name: 'authSuccess', senderId, trusted: true, payload: extra },
      { name: 'keyRotationUpdate', senderId, keyId, encryptedKeyPackage: publicKey, payload: extra },
      { name: 'keyRotationAck', senderId, keyId, success: true, payload: { encrypted_key_package: 'cA==' } },
    ]);
  });

  test('a claimed id comes back with its key, and to nobody else', async () => {
    const claim = await generateSigningKey();
    const { link, states } = await connectedLink(cluster.edge(0).url, { encoding, claim, ...hasty });
    expect(states.at(-1)).toMatchObject({ registration: { standing: 'claimed' } });
    const thief = { url: cluster.edge(1).url, hardwareId: link.hardwareId, encoding, WebSocket };
    await expect(RegisteredConnection.connect(thief)).rejects.toMatchObject({ code: 401 });
    await expect(RegisteredConnection.connect({ ...thief, claim: await generateSigningKey() })).rejects.toMatchObject({
      code: 401,
    });
    expect(link.state.is).toBe('connected');
    link.connection?.abandon('a test cuts it');
    await eventually(() => expect(states.filter(({ is }) => is === 'connected')).toHaveLength(2));
  });

  test('a claimed device lists whom it takes messages from', async () => {
    const { link } = await connectedLink(cluster.edge(0).url, { encoding, claim: await generateSigningKey() });
    const friend = await connectedLink(cluster.edge(1).url, { encoding });
    const stranger = await connectedLink(cluster.edge(1).url, { encoding });
    const tag = contactTag(link.hardwareId, friend.link.hardwareId);
    await expect(link.setContacts({ accept: 'listed', add: [tag] })).resolves.toEqual({ accept: 'listed', listed: 1 });
    const message = { recipientId: link.hardwareId, data: bytesOf('hello') };
    await expect(friend.link.send(message)).resolves.toMatchObject({ messageId: expect.any(String) });
    await expect(stranger.link.send(message)).rejects.toMatchObject({ code: 507 });
    await expect(stranger.link.setContacts({ accept: 'listed' })).rejects.toMatchObject({ code: 401 });
  });

  test('a device that hides is away for whoever asks', async () => {
    const hidden = await connectedLink(cluster.edge(0).url, { encoding, presence: 'hidden' });
    const sender = await connectedLink(cluster.edge(0).url, { encoding });
    const received = new Promise((resolve) => hidden.link.onReceive(resolve));
    const accepted = await sender.link.send({ recipientId: hidden.link.hardwareId, data: bytesOf('hello') });
    expect(accepted.status).toBe('queued');
    await received;
  });
});

test("a key may take the place of another with the former one's word", async () => {
  const [former, next] = [await generateSigningKey(), await generateSigningKey()];
  const hardwareId = freshHardwareId();
  const options = { url: cluster.edge(0).url, hardwareId, WebSocket };
  await (await RegisteredConnection.connect({ ...options, claim: former })).close();
  const statement = Buffer.concat([bytesOf(`openrelay-succession-v1\0${hardwareId}\0`), next.publicKey]);
  const succession = await former.sign(statement);
  await (await RegisteredConnection.connect({ ...options, claim: next, succession })).close();
  await expect(RegisteredConnection.connect({ ...options, claim: former })).rejects.toMatchObject({ code: 401 });
});

test.each([
  ['killed', 'SIGKILL'],
  ['drained', 'SIGTERM'],
] as const)('an edge that is %s costs no message, and none comes twice', async (_how, signal) => {
  const edge = await cluster.addEdge();
  const index = cluster.edges.indexOf(edge);
  const [sender, recipient] = [await connectedLink(edge.url, hasty), await connectedLink(edge.url, hasty)];
  const outbox = await Outbox.open({ link: sender.link, random: () => 0 });
  outboxes.push(outbox);
  const handled: string[] = [];
  await Inbox.open({
    link: recipient.link,
    store: new MemoryStore(),
    handler: ({ data }) => void handled.push(textOf(data)),
  });
  const recipientId = recipient.link.hardwareId;
  const send = (text: string) => outbox.send({ recipientId, data: bytesOf(text) });
  await Promise.all(['a', 'b'].map(send));
  const restarted = cluster.restartEdge(index, signal);
  const rest = Promise.all(['c', 'd', 'e'].map(send));
  await restarted;
  await rest;
  await eventually(() => expect(handled).toEqual(['a', 'b', 'c', 'd', 'e']));
  expect(sender.states.some(({ is }) => is === 'waiting')).toBe(true);
});

test("the minute's limits are kept without running into a refusal", async () => {
  const edge = await cluster.addEdge({ env: { RELAY_REQUESTS_PER_MINUTE: '4', RELAY_POINTS_PER_MINUTE: '100' } });
  const sender = await connectedLink(edge.url);
  const recipient = await connectedLink(edge.url);
  const outbox = await Outbox.open({ link: sender.link });
  outboxes.push(outbox);
  const refusals: unknown[] = [];
  sender.link.on('refused', (error) => refusals.push(error));
  const paced = new Promise<number>((resolve) => outbox.on('paced', ({ untilMs }) => resolve(untilMs)));
  const outcomes = Array.from({ length: 5 }, () =>
    outbox.send({ recipientId: recipient.link.hardwareId, data: bytesOf('x') }),
  );
  await Promise.all(outcomes.slice(0, 4));
  const waitMs = (await paced) - Date.now();
  expect(waitMs).toBeGreaterThan(40_000);
  expect(waitMs).toBeLessThanOrEqual(60_200);
  expect(outbox.size).toBe(1);
  expect(outbox.estimateSeconds(8, 1)).toBeGreaterThan(100);
  outbox.close();
  await expect(outcomes[4]).rejects.toMatchObject({ code: 'closed' });
  // A request more is what the relay refuses: so much for the figures.
  await expect(sender.link.send({ recipientId: recipient.link.hardwareId, data: bytesOf('x') })).rejects.toMatchObject({
    code: 429,
  });
  expect(refusals).toEqual([]);
});
