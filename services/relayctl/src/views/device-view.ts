import type { DeviceView } from '@openrelay/overview';
import { facts } from '../text/facts';
import type { Line } from '../text/line';
import { age, bytes, count } from '../text/units';

const registrations = { yes: 'yes', offline: 'yes, but offline: messages wait for it', no: 'no' } as const;

export function deviceView(view: DeviceView, nowMs: number, width: number): Line[] {
  const { device, registered, queued, queuedBytes, oldestQueuedAtMs } = view;
  return facts(
    [
      ['device', `${device}…`],
      ['registered', registrations[registered]],
      ['queued', count(queued)],
      ['size', bytes(queuedBytes)],
      ['oldest', oldestQueuedAtMs === null ? '-' : `${age(nowMs - oldestQueuedAtMs)} ago`],
    ],
    width,
  );
}
