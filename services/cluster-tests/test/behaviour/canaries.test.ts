import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  askRedis,
  eventually,
  type RunningOps,
  type RunningService,
  repositoryRoot,
  runScript,
  startJanitor,
  startOps,
} from '@openrelay/launch';
import { TestDevice } from '@openrelay/testing';
import { claimedDevice, errorOf, packedDevice, packFrame, queuedFor, say, sendAndAwaitAck } from '../../src';
import { useCluster } from './use-cluster';

/** Each is found nowhere by chance. Valid as base64 too, so that it may stand where ciphertext does. */
const canary = (kind: string) => `${kind}${randomBytes(24 - kind.length / 2).toString('hex')}`.slice(0, 48);
const secrets = {
  payload: canary('payload0'),
  signature: canary('signed00'),
  publicKey: canary('pubkey00'),
  challenge: canary('challeng'),
  keyPackage: canary('package0'),
  unknownField: canary('unknown0'),
  unknownType: canary('untyped0'),
  notJson: canary('notjson0'),
};
/** From here the devices come. */
const address = '127.83.71.59';
const logs = mkdtempSync(join(tmpdir(), 'openrelay-canaries-'));
const token = 'correct-horse-battery-staple';
const logFile = (name: string) => join(logs, `${name}.log`);

const cluster = useCluster({
  edges: [{ logFile: logFile('edge-0') }, { logFile: logFile('edge-1') }],
  env: { LOG_LEVEL: 'info', RELAY_POINTS_PER_MINUTE: '0', RELAY_CONTROL_FRAMES_PER_MINUTE: '300' },
});
let janitor: RunningService;
let ops: RunningOps;

beforeAll(async () => {
  janitor = await startJanitor({ redisUrl: cluster.redis.url, logFile: logFile('janitor') });
  ops = await startOps({ redisUrl: cluster.redis.url, token, logFile: logFile('ops') });
});

afterAll(async () => {
  await Promise.all([janitor?.stop(), ops?.stop()]);
  rmSync(logs, { recursive: true });
});

/** In each form in which it may lie somewhere: as it was written, and as the bytes that it is base64 of. */
function formsOf(secret: string): Buffer[] {
  return [Buffer.from(secret), Buffer.from(secret, 'base64')];
}

/** The keys of Redis that hold one of the needles, in their names or their values. */
async function keysWith(needles: readonly Buffer[]): Promise<string[]> {
  const script = `
    local readers = { string = {'GET'}, hash = {'HGETALL'}, list = {'LRANGE', 0, -1}, set = {'SMEMBERS'}, zset = {'ZRANGE', 0, -1}, stream = {'XRANGE', '-', '+'} }
    local found = {}
    local needle = string.lower((string.gsub(ARGV[1], '..', function(hex) return string.char(tonumber(hex, 16)) end)))
    local function holds(value)
      if type(value) == 'table' then
        for _, part in ipairs(value) do if holds(part) then return true end end
        return false
      end
      return string.find(string.lower(tostring(value)), needle, 1, true) ~= nil
    end
    for _, key in ipairs(redis.call('KEYS', '*')) do
      local reader = readers[redis.call('TYPE', key).ok]
      if holds(key) or holds(redis.call(reader[1], key, unpack(reader, 2))) then found[#found + 1] = key end
    end
    return cjson.encode(found)`;
  const found: string[] = [];
  for (const needle of needles) {
    const keys = JSON.parse(await askRedis(cluster.redis.url, ['EVAL', script, '0', needle.toString('hex')]));
    found.push(...(Array.isArray(keys) ? keys : []));
  }
  return [...new Set(found)].map((key) =>
    key
      .replace(/\{\d+\}/, '{s}')
      .split(':')
      .slice(0, 3)
      .join(':'),
  );
}

const secretForms = () => Object.values(secrets).flatMap(formsOf);

/** Everything that an operator can see, by the place where it stands. */
async function whatIsTold(): Promise<Record<string, string>> {
  const authorization = `Bearer ${token}`;
  const read = async (url: string) => (await fetch(url, { headers: { authorization } })).text();
  const told: Record<string, string> = {};
  for (const [i, { httpUrl }] of cluster.edges.entries())
    told[`metrics of edge ${i}`] = await read(`${httpUrl}/metrics`);
  for (const path of ['/', '/metrics', '/api/cluster', '/api/metrics', '/api/openapi.json'])
    told[`ops ${path}`] = await read(`${ops.url}${path}`);
  for (const command of ['status', 'nodes', 'queues', 'metrics', 'ledger', 'bandwidth']) {
    const relayctl = join(repositoryRoot, 'services/relayctl/bin/relayctl.js');
    const { stdout, stderr } = await runScript(relayctl, [command, '--redis', cluster.redis.url]);
    told[`relayctl ${command}`] = stdout + stderr;
  }
  for (const name of ['edge-0', 'edge-1', 'janitor', 'ops'])
    told[`log of ${name}`] = readFileSync(logFile(name), 'latin1');
  return told;
}

async function connect(index: number): Promise<TestDevice> {
  const device = await TestDevice.connect(cluster.edge(index).url, { localAddress: address });
  await device.register(device.hardwareId, { acks: true });
  return device;
}

test('what devices say is in their queues alone, and nowhere when it is over; who they are is told nobody', async () => {
  const sender = await connect(0);
  const recipient = await connect(1);
  const packed = await packedDevice(cluster.edge(1));
  const absent = await connect(1);
  await absent.close();
  const { device: claimed } = await claimedDevice(cluster.edge(0));
  const ids = [sender, recipient, packed, absent, claimed].map(({ hardwareId }) => hardwareId);
  const marked = {
    encrypted_data: secrets.payload,
    signature: secrets.signature,
    note: secrets.unknownField,
    [secrets.unknownField]: 1,
  };

  // Handed over, queued and live-only, in both encodings.
  await sendAndAwaitAck(sender, recipient.hardwareId, marked);
  await sendAndAwaitAck(sender, packed.hardwareId, marked);
  await sendAndAwaitAck(sender, absent.hardwareId, marked);
  await sendAndAwaitAck(sender, recipient.hardwareId, { ...marked, ttl: 0 });
  const raw = { ...marked, encrypted_data: Buffer.from(secrets.payload) };
  packed.sendBinary(packFrame({ type: 'Send', payload: packed.message(recipient.hardwareId, raw) }));
  await packed.next('Ack');
  const to = (device: TestDevice) => ({ recipient_id: device.hardwareId, hardware_id: sender.hardwareId });
  const pairing = {
    public_key: secrets.publicKey,
    challenge: secrets.challenge,
    challenge_response: secrets.challenge,
    trusted: true,
  };
  for (const type of ['AuthRequest', 'AuthResponse', 'AuthVerify', 'AuthSuccess'])
    say(sender, type, { ...to(recipient), ...pairing });
  say(sender, 'KeyRotationUpdate', { ...to(recipient), encrypted_key_package: secrets.keyPackage, key_id: 1 });
  await recipient.next('KeyRotationUpdate');
  say(sender, 'Contacts', { accept: secrets.unknownField });

  // Errors of all kinds.
  const broken = await connect(0);
  ids.push(broken.hardwareId);
  broken.sendText(`{"type":"Send","payload":{"encrypted_data":"${secrets.notJson}"`);
  broken.sendFrame({ type: secrets.unknownType, payload: marked });
  broken.sendFrame({ type: 'Send', payload: { ...broken.message(recipient.hardwareId, marked), ttl: -1 } });
  broken.sendFrame({
    type: 'Send',
    payload: { ...broken.message(recipient.hardwareId, marked), sender_id: absent.hardwareId },
  });
  broken.sendFrame({
    type: 'Send',
    payload: broken.message(recipient.hardwareId, { ...marked, message_id: secrets.payload }),
  });
  say(broken, 'Register', {
    hardware_id: broken.hardwareId,
    public_key: secrets.publicKey,
    succession: secrets.signature,
  });
  for (let i = 0; i < 5; i++) await errorOf(broken);
  for (let i = 0; i < 1000; i++) broken.sendFrame({ type: 'Ack', payload: { message_id: randomUUID() } });
  expect((await broken.closed).code).toBe(4008);

  // While messages wait, they are in queues, and the ids in what holds devices.
  const waiting = await keysWith(secretForms());
  expect(waiting).toEqual(expect.arrayContaining(['or:{s}:box']));
  expect(new Set(waiting)).toEqual(new Set(['or:{s}:box']));

  // An edge dies in the midst of it, another goes as it should.
  await cluster.restartEdge(1, 'SIGKILL');
  await cluster.restartEdge(0, 'SIGTERM');
  const again = [];
  for (const { hardwareId } of [recipient, absent, packed]) {
    const device = await TestDevice.connect(cluster.edge(0).url, { localAddress: address });
    await device.register(hardwareId, { acks: true });
    again.push(device);
  }
  for (const device of again) await ackAll(device);
  for (const device of again) await device.close();

  await eventually(async () => {
    const left = await keysWith(secretForms());
    if (left.length > 0) throw new Error(`Secrets are left in ${left.join(', ')}.`);
  });
  // Against repeats, for limits, and that the id was here: all of it ends by itself.
  const ofIds = await keysWith(ids.map((id) => Buffer.from(id)));
  const known = ['ids', 'used', 'registrations', 'visitors', 'residents', 'claim'].map((name) => `or:{s}:${name}`);
  expect(ofIds.filter((key) => !known.includes(key))).toEqual([]);

  const told = await whatIsTold();
  for (const [where, text] of Object.entries(told)) {
    expect(text.length).toBeGreaterThan(0);
    for (const [what, secret] of Object.entries(secrets))
      for (const form of formsOf(secret))
        expect({ where, what, told: text.includes(form.toString('latin1')) }).toEqual({ where, what, told: false });
    for (const id of ids)
      expect({ where, told: text.toUpperCase().includes(id.toUpperCase()) }).toEqual({ where, told: false });
    expect({ where, told: text.includes(address) }).toEqual({ where, told: false });
  }
  expect(await askRedis(cluster.redis.url, ['DBSIZE'])).not.toBe('0');
}, 120_000);

/** Takes out what waits for the device. */
async function ackAll(device: TestDevice): Promise<void> {
  const acked = new Set<string>();
  await eventually(
    async () => {
      const queued = await queuedFor(device);
      if (queued === 0) return;
      const received = device.frames
        .filter(({ type }) => type === 'Receive')
        .map(({ payload }) => String(payload.message_id));
      for (const id of received.filter((one) => !acked.has(one))) device.ack(id);
      for (const id of received) acked.add(id);
      throw new Error(`${queued} messages wait.`);
    },
    { intervalMs: 500, timeoutMs: 30_000 },
  );
}
