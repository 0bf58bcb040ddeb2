import type { QueuesView } from '@openrelay/overview';
import { type Fact, facts } from '../text/facts';
import type { Line } from '../text/line';
import { bytes, count, counted } from '../text/units';

export function queuesFact({ messages, bytes: size, devices }: QueuesView): Fact {
  return ['queues', counted(messages, 'message'), bytes(size), `for ${counted(devices, 'device')}`];
}

export function queuesView(queues: QueuesView, width: number): Line[] {
  const list: Fact[] = [
    ['messages', count(queues.messages)],
    ['size', bytes(queues.bytes)],
    ['devices', count(queues.devices)],
    ['accepted', count(queues.accepted)],
    ['acked', count(queues.acked)],
    ['expired', count(queues.expired)],
  ];
  return facts(list, width);
}
