import { type ConnectionOptions, RegisteredConnection } from '../../src/index';
import { FakeWebSocket } from './fake-web-socket';

export const ownId = 'A'.repeat(64);
export const peerId = 'B'.repeat(64);
export const relayLimits = { requests_left: 60 };
/** Those that are closed when the test has ended. */
export const devices: RegisteredConnection[] = [];

export function options(extra: Partial<ConnectionOptions> = {}): ConnectionOptions {
  return {
    url: 'ws://relay.test/relay',
    hardwareId: ownId,
    encoding: 'json',
    WebSocket: FakeWebSocket,
    timeoutMs: 10_000,
    ...extra,
  };
}

export async function connected(extra: Partial<ConnectionOptions> = {}, answer: object = { limits: relayLimits }) {
  const connecting = RegisteredConnection.connect(options(extra));
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
