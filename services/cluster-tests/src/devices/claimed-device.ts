/** Devices that bind their ids to keys, in either encoding. */
import type { RunningEdge } from '@openrelay/launch';
import { DeviceSigner, type KeyKind, type ReceivedFrame, TestDevice } from '@openrelay/testing';
import { packedDecode, packedSubprotocol, packFrame } from './packed-device';

export const encodings = ['json', 'msgpack'] as const;
export const keyKinds: readonly KeyKind[] = ['Ed25519', 'P-256'];

type Fields = Record<string, unknown>;

/** Connected, and not registered. */
export function deviceOf(edge: RunningEdge, encoding: (typeof encodings)[number]): Promise<TestDevice> {
  if (encoding === 'json') return TestDevice.connect(edge.url);
  return TestDevice.connect(edge.url, { subprotocol: packedSubprotocol, decode: packedDecode });
}

/** In the encoding of the connection. */
export function say(device: TestDevice, type: string, payload: Fields): void {
  if (device.subprotocol === packedSubprotocol) device.sendBinary(packFrame({ type, payload }));
  else device.sendFrame({ type, payload });
}

/** Shows the key. Answers the nonce of the challenge. */
export async function showKey(device: TestDevice, signer: DeviceSigner, fields: Fields = {}): Promise<string> {
  say(device, 'Register', { hardware_id: device.hardwareId, public_key: signer.shown, ...fields });
  return (await device.next('Challenge')).payload.nonce as string;
}

/** Shows the key and proves it. Whatever comes then, the caller awaits. */
export async function proveKey(device: TestDevice, signer: DeviceSigner, fields: Fields = {}, host = device.host) {
  const nonce = await showKey(device, signer, fields);
  say(device, 'Prove', { signature: await signer.prove(device.hardwareId, host, nonce) });
}

/** Registers with the key, and answers what it was told. */
export async function registerClaimed(
  device: TestDevice,
  signer: DeviceSigner,
  fields: Fields = {},
): Promise<ReceivedFrame> {
  await proveKey(device, signer, fields);
  return device.next('RegisterResponse');
}

/** Connected, registered and claimed. */
export async function claimedDevice(edge: RunningEdge, fields: Fields = {}, signer?: DeviceSigner) {
  const device = await TestDevice.connect(edge.url);
  const key = signer ?? (await DeviceSigner.make());
  await registerClaimed(device, key, fields);
  return { device, signer: key };
}
