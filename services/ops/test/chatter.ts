import { freshHardwareId, TestDevice } from '@openrelay/testing';

export type Chatter = {
  readonly devices: readonly TestDevice[];
  /** Every id there is, also of those who are not connected. */
  readonly hardwareIds: readonly string[];
  /** Everything that was sent sealed. */
  readonly sealed: readonly string[];
  stop(): void;
};

const everyMs = 100;

/** Devices that write to one another and to some who are away, until they are stopped. */
export async function startChatter(edges: readonly { url: string }[], count: number): Promise<Chatter> {
  const devices: TestDevice[] = [];
  const away = [freshHardwareId(), freshHardwareId()];
  const sealed: string[] = [];
  for (let i = 0; i < count; i += 1) {
    const device = await TestDevice.connect(edges[i % edges.length]!.url);
    await device.register(undefined, { acks: true });
    devices.push(device);
  }
  const ids = [...devices.map(({ hardwareId }) => hardwareId), ...away];
  const acked = new Map<TestDevice, number>();
  let turn = 0;
  const timer = setInterval(() => {
    turn += 1;
    for (const [i, device] of devices.entries()) {
      if (!device.isOpen) continue;
      for (const { type, payload } of device.frames.slice(acked.get(device) ?? 0)) {
        if (type === 'Receive') device.ack(String(payload.message_id));
      }
      acked.set(device, device.frames.length);
      sealed.push(String(device.sendMessage(ids[(i + turn) % ids.length]!).encrypted_data));
    }
  }, everyMs);
  return {
    devices,
    hardwareIds: ids,
    sealed,
    stop: () => {
      clearInterval(timer);
      for (const device of devices) device.terminate();
    },
  };
}
