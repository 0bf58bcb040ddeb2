import { Device, type DeviceOptions } from '../../src/index';
import { FakeWebSocket } from './fake-web-socket';

export const ownId = 'A'.repeat(64);
export const peerId = 'B'.repeat(64);
export const relayLimits = { requests_left: 60 };
/** Those that are closed when the test has ended. */
export const devices: Device[] = [];

export function options(extra: Partial<DeviceOptions> = {}): DeviceOptions {
  return { url: 'ws://relay.test/relay', hardwareId: ownId, WebSocket: FakeWebSocket, timeoutMs: 10_000, ...extra };
}

export async function connected(extra: Partial<DeviceOptions> = {}, answer: object = { limits: relayLimits }) {
  const connecting = Device.connect(options(extra));
  const relay = FakeWebSocket.latest();
  relay.accept();
  await settled();
  relay.say('RegisterResponse', { hardware_id: ownId, device_id: ownId, ...answer });
  const device = await connecting;
  devices.push(device);
  return { device, relay };
}

/** Lets everything that waits for no timer and no socket go its way. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** For `afterEach`. */
export async function closeAll(): Promise<void> {
  await Promise.all(devices.splice(0).map((device) => device.close()));
}
