import type { DeviceKey } from '@openrelay/protocol';
import { type DeliveryOutcome, Forwarder, type Forwarding, type LiveAnswer, liveDigestOf } from '../../src/index';
import { envelopeOf, envelopeTo, type useStateRig } from './state-rig';

let numbers = 0;

export function forwardingTo(shard: number, recipient: DeviceKey, envelope = envelopeOf()): Forwarding {
  numbers += 1;
  return { shard, recipient, envelope: envelopeTo(recipient, envelope), number: numbers, kind: 'message' };
}

/** What became of a message, as the node that handed it over, or not, tells. */
export function answerTo({ shard, envelope, number }: Forwarding, outcome: DeliveryOutcome, asker = ''): LiveAnswer {
  return { shard, digest: liveDigestOf(envelope), outcome, asker, number };
}

export function forwarderOn(rig: ReturnType<typeof useStateRig>) {
  return (node = rig.node) => new Forwarder(rig.link, node);
}
