import { type Encoding, kindOf } from '../../src/fleet';
import type { Envelope } from './faulty-envelope';

/**
 * What the faulty relay does to a message of one kind: acks it and drops it; delivers it twice at once, behind the next one of the same
 * two devices, after expiry, or as the wrong type of the recipient's encoding. Or it closes a device's connection with 4001.
 */
export type Misdeed =
  | 'drop'
  | 'drop live'
  | 'repeat'
  | 'repeat auth'
  | 'swap'
  | 'swap rotation'
  | 'delay'
  | 'corrupt'
  | 'close';

/** Only what does not live long can be late before the test ends; what is lost, on the other hand, must not expire by then. */
export function suits(misdeed: Misdeed | 'none', envelope: Envelope, encoding: Encoding | undefined): boolean {
  const kind = kindOf(envelope);
  switch (misdeed) {
    case 'none':
    case 'close':
      return false;
    case 'drop live':
      return kind === 'live';
    case 'repeat auth':
      return kind === 'auth';
    case 'swap rotation':
      return kind === 'rotation';
    case 'corrupt':
      return kind === 'stored' && encoding === 'msgpack';
    case 'delay':
      return kind === 'stored' && envelope.ttlSeconds === 1;
    case 'drop':
    case 'repeat':
    case 'swap':
      return kind === 'stored' && envelope.ttlSeconds > 60;
  }
}
