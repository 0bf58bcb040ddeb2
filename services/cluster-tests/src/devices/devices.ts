/** The steps that nearly every behaviour test begins or ends with. */
import { setTimeout as pause } from 'node:timers/promises';
import { askRedis, type Cluster, type RunningEdge } from '@openrelay/launch';
import { deviceKeyOf } from '@openrelay/protocol';
import { shardOf } from '@openrelay/state';
import {
  eventually,
  freshHardwareId,
  type ReceivedFrame,
  TestDevice,
  type TestDeviceOptions,
} from '@openrelay/testing';

type Fields = Record<string, unknown>;

const mostAttempts = 10;
const againAfterMs = 300;

export type DeviceOptions = TestDeviceOptions & {
  /** A fresh one when absent. */
  hardwareId?: string;
  /** Whether it promises to ack what it receives; without a promise, not acking counts as receipt after a while. */
  acks?: boolean;
};

/** Connected and not registered. */
export function connectDevice(edge: RunningEdge, options: TestDeviceOptions = {}): Promise<TestDevice> {
  return TestDevice.connect(edge.url, options);
}

export async function registeredDevice(edge: RunningEdge, options: DeviceOptions = {}): Promise<TestDevice> {
  const { hardwareId, acks, ...connecting } = options;
  const device = await connectDevice(edge, connecting);
  await device.register(hardwareId, acks === undefined ? {} : { acks });
  return device;
}

/** The id of a device that has registered and left, so that it is seen, and has a whole queue. */
export async function absentId(edge: RunningEdge): Promise<string> {
  const device = await registeredDevice(edge);
  await device.close();
  return device.hardwareId;
}

/** The relay has known the device by time since yesterday. It finds out when the device registers. */
export async function makeKnown(cluster: Pick<Cluster, 'redis'>, hardwareId: string): Promise<void> {
  const device = deviceKeyOf(hardwareId);
  const yesterday = Math.floor(Date.now() / 1000) - 86_400;
  await askRedis(cluster.redis.url, ['ZADD', `or:{${shardOf(device, 16)}}:residents`, String(yesterday), device]);
}

/** A device that the relay has known before, registered. */
export async function knownDevice(
  cluster: Pick<Cluster, 'redis'>,
  edge: RunningEdge,
  options: DeviceOptions = {},
): Promise<TestDevice> {
  const hardwareId = options.hardwareId ?? freshHardwareId();
  await makeKnown(cluster, hardwareId);
  return registeredDevice(edge, { ...options, hardwareId });
}

/** A sender and a recipient, registered on the edges at these indexes. */
export async function connectedPair(
  cluster: Cluster,
  place: { from: number; to: number },
  ofRecipient: DeviceOptions = {},
) {
  const sender = await registeredDevice(cluster.edge(place.from));
  const recipient = await registeredDevice(cluster.edge(place.to), ofRecipient);
  return { sender, recipient };
}

/** The payload of the next `Error`. */
export async function errorOf(device: TestDevice): Promise<Readonly<Fields>> {
  return (await device.next('Error')).payload;
}

/** Sends one message and waits for its `Ack`; answers what was sent and the payload of the answer. */
export async function sendAndAwaitAck(sender: TestDevice, recipientId: string, fields: Fields = {}) {
  const sent = sender.message(recipientId, fields);
  for (let attempt = 1; ; attempt += 1) {
    const before = sender.frames.length;
    sender.sendFrame({ type: 'Send', payload: sent });
    const { type, payload: answer } = await answerTo(sender, sent.message_id, before);
    if (type === 'Ack') return { sent, answer };
    // Redis, on a machine that stalls, did not answer in time: whoever is told so sends again under the same id.
    const mayTryAgain = answer.code === 503 && attempt < mostAttempts;
    if (!mayTryAgain) throw new Error(`The message was refused: ${JSON.stringify(answer)}`);
    await pause(againAfterMs);
  }
}

/** What a message is answered, be it an Ack or an Error, however late; the answers of that kind before it are taken too. */
export async function answerTo(sender: TestDevice, messageId: string, framesBefore = 0): Promise<ReceivedFrame> {
  const isAnswer = ({ type, payload }: ReceivedFrame) =>
    (type === 'Ack' || type === 'Error') && payload.message_id === messageId;
  const answer = await eventually(() => {
    const found = sender.frames.slice(framesBefore).find(isAnswer);
    if (found === undefined) throw new Error(`${messageId} was not answered.`);
    return found;
  });
  let taken = await sender.next(answer.type);
  while (taken !== answer) taken = await sender.next(answer.type);
  return answer;
}

/** The next frames of the type, in the order in which they came. */
export async function collect(device: TestDevice, type: string, count: number): Promise<ReceivedFrame[]> {
  const frames: ReceivedFrame[] = [];
  while (frames.length < count) frames.push(await device.next(type, { timeoutMs: 30_000 }));
  return frames;
}

/** What waits for the device, as it is told when it registers again on its open connection; promises acks from then on. */
export async function queuedFor(device: TestDevice): Promise<number> {
  const { payload } = await device.register(device.hardwareId, { acks: true });
  return (payload.limits as { queued: number }).queued;
}

/** Acks the message and waits until the relay has forgotten it, nothing else being queued. */
export async function acknowledged(device: TestDevice, messageId: string): Promise<void> {
  device.ack(messageId);
  await eventually(async () => {
    const queued = await queuedFor(device);
    if (queued !== 0) throw new Error(`${queued} messages are still queued`);
  });
}

/** Shows that a device is well served still: it sends a message to another and the other gets it. */
export async function exchange(from: TestDevice, to: TestDevice): Promise<void> {
  const { sent } = await sendAndAwaitAck(from, to.hardwareId);
  const { payload } = await to.next('Receive');
  if (payload.message_id !== sent.message_id) throw new Error(`Another message came: ${String(payload.message_id)}`);
}
