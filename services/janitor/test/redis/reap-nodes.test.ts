import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type RunningEdge, startEdge } from '@openrelay/launch';
import { deviceKeyOf } from '@openrelay/protocol';
import { NodeDirectory, shardOf } from '@openrelay/state';
import { eventually, TestDevice } from '@openrelay/testing';
import { reapNodes } from '../../src/jobs/reap-nodes';
import { freshDevice, freshNode, hourMs, messagesTo, useJanitorRig } from './janitor-rig';

const rig = useJanitorRig();

beforeEach(() => rig.empty());

/** A node that died: it was heard of, holds devices, and nobody has its channels open. */
async function deadNode(): Promise<string> {
  const node = freshNode();
  await rig.beat(node);
  await rig.endHeartbeat(node);
  return node;
}

describe('a dead node', () => {
  test('leaves no key behind of devices for which nothing is queued', async () => {
    const node = await deadNode();
    for (let i = 0; i < 600; i += 1) await rig.register(0, freshDevice(), node);
    expect(await reapNodes(rig.work())).toEqual({ silentNodes: 1, devices: 600 });
    expect(await rig.keysOf(0)).toEqual([]);
  });

  test('holds no device any more, whose queue stays', async () => {
    const [node, device] = [await deadNode(), freshDevice()];
    await rig.accept(0, messagesTo(device, 3, hourMs));
    await rig.register(0, device, node);
    expect(await reapNodes(rig.work())).toEqual({ silentNodes: 1, devices: 1 });
    const mailbox = await rig.mailbox(0, device);
    expect(mailbox).toMatchObject({ node: '', session: '' });
    expect(mailbox.messages).toHaveLength(3);
    expect(await rig.redis.exists(`or:{0}:node:${node}`)).toBe(0);
    expect(await rig.audits()).toEqual(Array(4).fill('balanced'));
  });

  test('is reaped without what has moved to another node', async () => {
    const [node, moved, other] = [await deadNode(), freshDevice(), freshNode()];
    await rig.beat(other);
    await rig.register(0, moved, node);
    const session = await rig.register(0, moved, other);
    await rig.redis.sadd(`or:{0}:node:${node}`, Buffer.from(moved, 'hex')); // as if taking it out had been rolled back
    expect(await reapNodes(rig.work())).toEqual({ silentNodes: 1, devices: 0 });
    expect(await rig.mailbox(0, moved)).toMatchObject({ node: other, session });
  });

  test('is reaped once by any number of janitors', async () => {
    const node = await deadNode();
    for (let i = 0; i < 400; i += 1) await rig.register(i % 4, freshDevice(), node);
    const results = await Promise.all([1, 2, 3].map(() => reapNodes(rig.work())));
    expect(results.reduce((sum, { devices }) => sum + devices!, 0)).toBe(400);
    for (let shard = 0; shard < rig.shards; shard += 1) expect(await rig.keysOf(shard)).toEqual([]);
  });

  test('is still listed, for whoever looks for it', async () => {
    const node = await deadNode();
    await reapNodes(rig.work());
    expect(await new NodeDirectory(rig.link).list()).toMatchObject([{ node, report: undefined }]);
  });
});

describe('a node that lives', () => {
  test('keeps its devices', async () => {
    const [node, device] = [freshNode(), freshDevice()];
    await rig.beat(node);
    await rig.register(0, device, node);
    expect(await reapNodes(rig.work())).toEqual({ silentNodes: 0, devices: 0 });
    expect(await rig.keysOf(0)).toHaveLength(2);
  });

  test('keeps its devices while it says nothing, as long as anybody has its channel open', async () => {
    const [node, device] = [await deadNode(), freshDevice()];
    await rig.register(0, device, node);
    const frozen = rig.redis.duplicate();
    await frozen.ssubscribe(`or:{0}:to:${node}`);
    expect(await reapNodes(rig.work())).toEqual({ silentNodes: 1, devices: 0 });
    expect((await rig.mailbox(0, device)).node).toBe(node);
    frozen.disconnect();
    await eventually(async () => expect(await reapNodes(rig.work())).toEqual({ silentNodes: 1, devices: 1 }));
    expect(await rig.keysOf(0)).toEqual([]);
  });
});

describe('a real edge', () => {
  let edge: RunningEdge | undefined;

  afterEach(() => edge?.stop('SIGKILL'));

  async function connect(): Promise<{ device: TestDevice; key: string; holder: () => Promise<string> }> {
    edge = await startEdge({ redisUrl: rig.server.url, env: { RELAY_SHARDS: String(rig.shards) } });
    const device = await TestDevice.connect(edge.url);
    await device.register();
    const id = deviceKeyOf(device.hardwareId);
    const shard = shardOf(id, rig.shards);
    const holder = async () => (await rig.mailbox(shard, id)).node;
    return { device, key: `or:{${shard}}:box:${id}`, holder };
  }

  function onlyNode(): Promise<string> {
    return eventually(async () => {
      const [listed] = await new NodeDirectory(rig.link).list();
      return listed!.node;
    });
  }

  test('that is frozen keeps its devices, and goes on with them when it wakes up', async () => {
    const { device, holder } = await connect();
    const node = await onlyNode();
    edge!.kill('SIGSTOP');
    // Its last heartbeat may still be on its way.
    await eventually(async () => {
      await rig.endHeartbeat(node);
      expect(await reapNodes(rig.work())).toEqual({ silentNodes: 1, devices: 0 });
    });
    expect(await holder()).toBe(node);
    edge!.kill('SIGCONT');
    device.sendMessage(device.hardwareId);
    await device.next('Receive');
  });

  test('whose registrations were reaped by mistake has them back when its channel is open again', async () => {
    const { key, holder } = await connect();
    await rig.redis.del(key);
    await rig.redis.call('CLIENT', 'KILL', 'TYPE', 'pubsub'); // a node is reaped only while nobody listens on its channel
    await eventually(async () => expect(await holder()).not.toBe(''));
  });

  test('that was killed holds nothing after the next run', async () => {
    const { key } = await connect();
    const node = await onlyNode();
    await edge!.stop('SIGKILL');
    await eventually(async () => {
      await rig.endHeartbeat(node);
      await reapNodes(rig.work());
      expect(await rig.redis.exists(key)).toBe(0);
    });
    for (let shard = 0; shard < rig.shards; shard += 1) {
      expect(await rig.redis.exists(`or:{${shard}}:node:${node}`)).toBe(0);
    }
  });
});
