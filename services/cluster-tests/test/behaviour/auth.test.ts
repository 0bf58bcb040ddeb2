import { describe, expect, test } from '@jest/globals';
import { freshHardwareId } from '@openrelay/testing';
import { connectDevice, connectedPair, errorOf, exchange, placements, registeredDevice } from '../../src';
import { useCluster } from './use-cluster';

const cluster = useCluster({ edges: 2 });

const messages = [
  { type: 'AuthRequest', fields: { public_key: 'cHVibGlj', challenge: 'Y2hhbGxlbmdl' } },
  { type: 'AuthResponse', fields: { challenge_response: 'c2lnbmVk', challenge: 'b3RoZXI=' } },
  { type: 'AuthVerify', fields: { challenge_response: 'c2lnbmVk' } },
  { type: 'AuthSuccess', fields: { trusted: true } },
];

describe.each(placements)('$where', ({ from, to }) => {
  const pair = () => connectedPair(cluster, { from, to });

  test.each(messages)('$type arrives with the sender’s id under three names', async ({ type, fields }) => {
    const { sender, recipient } = await pair();
    const { hardwareId } = sender;
    sender.sendFrame({
      type,
      payload: { recipient_id: recipient.hardwareId, hardware_id: hardwareId, ...fields, extra: [1] },
    });
    const { payload } = await recipient.next(type);
    expect(payload).toEqual({
      ...fields,
      extra: [1],
      hardware_id: hardwareId,
      device_id: hardwareId,
      recipient_id: hardwareId,
    });
    expect(sender.frames.map((frame) => frame.type)).toEqual(['RegisterResponse']);
  });

  test.each(messages)('a device_id that the sender of an $type made up is replaced', async ({ type, fields }) => {
    const { sender, recipient } = await pair();
    const payload = { device_id: freshHardwareId(), recipient_id: recipient.hardwareId, ...fields };
    sender.sendFrame({ type, payload: { ...payload, hardware_id: sender.hardwareId } });
    expect((await recipient.next(type)).payload.device_id).toBe(sender.hardwareId);
  });

  test('values pass an Auth message as they were written', async () => {
    const { sender, recipient } = await pair();
    const request = `"public_key":"a\\u002Bb", "challenge" : "c\\/d" , "n":12345678901234567890`;
    const ids = `"recipient_id":"${recipient.hardwareId}","hardware_id":"${sender.hardwareId}"`;
    sender.sendText(`{"type":"AuthRequest","payload":{${ids},${request}}}`);
    const { text } = await recipient.next('AuthRequest');
    expect(text).toContain('"a\\u002Bb"');
    expect(text).toContain('"c\\/d"');
    expect(text).toContain('12345678901234567890');
  });

  test('the id in lower case is found, and the sender’s is forwarded as written', async () => {
    const sender = await registeredDevice(cluster.edge(from), { hardwareId: freshHardwareId().toLowerCase() });
    const recipient = await registeredDevice(cluster.edge(to));
    const payload = {
      recipient_id: recipient.hardwareId.toLowerCase(),
      hardware_id: sender.hardwareId,
      trusted: false,
    };
    sender.sendFrame({ type: 'AuthSuccess', payload });
    expect((await recipient.next('AuthSuccess')).payload).toEqual({
      recipient_id: sender.hardwareId,
      hardware_id: sender.hardwareId,
      device_id: sender.hardwareId,
      trusted: false,
    });
  });

  test('two devices pair through all four messages, each answering to the recipient_id it was given', async () => {
    const { sender, recipient } = await pair();
    let payload: Readonly<Record<string, unknown>> = { recipient_id: recipient.hardwareId };
    for (const [step, { type, fields }] of messages.entries()) {
      const [speaker, listener] = step % 2 === 0 ? [sender, recipient] : [recipient, sender];
      const hardware_id = speaker.hardwareId;
      speaker.sendFrame({ type, payload: { ...fields, hardware_id, recipient_id: payload.recipient_id } });
      ({ payload } = await listener.next(type));
      expect(payload.recipient_id).toBe(hardware_id);
    }
  });
});

test.each(messages)('$type to an absent recipient is answered 404 and never arrives', async ({ type, fields }) => {
  const sender = await registeredDevice(cluster.edge(0));
  const recipient = await connectDevice(cluster.edge(1));
  sender.sendFrame({
    type,
    payload: { recipient_id: recipient.hardwareId, hardware_id: sender.hardwareId, ...fields },
  });
  expect(await errorOf(sender)).toMatchObject({ code: 404 });
  await recipient.register();
  await exchange(sender, recipient);
  expect(recipient.frames.map((frame) => frame.type)).toEqual(['RegisterResponse', 'Receive']);
});
