/** A device that speaks MessagePack, written with the plain library: what the relay makes of it is under test. */
import type { RunningEdge } from '@openrelay/launch';
import { TestDevice } from '@openrelay/testing';
import { Packr } from 'msgpackr';

const packr = new Packr({ useRecords: false, mapsAsObjects: true, int64AsType: 'bigint' });

export const packedSubprotocol = 'openrelay.msgpack.v1';

export function packFrame(frame: { type: string; payload?: unknown }): Uint8Array {
  return packr.pack(frame);
}

export const packedDecode = (bytes: Uint8Array): unknown => packr.unpack(bytes);

/** Connected and registered, under a fresh id when none is given. */
export async function packedDevice(edge: RunningEdge, hardwareId?: string): Promise<TestDevice> {
  const device = await TestDevice.connect(edge.url, { subprotocol: packedSubprotocol, decode: packedDecode });
  device.hardwareId = hardwareId ?? device.hardwareId;
  device.sendBinary(packFrame({ type: 'Register', payload: { hardware_id: device.hardwareId, acks: true } }));
  await device.next('RegisterResponse');
  return device;
}
