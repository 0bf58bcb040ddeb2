import { sealedBytes } from '../connection/frames/sealed-bytes';
import type { Link } from '../connection/link';
import { RelayError } from '../connection/relay-error';
import { OutboxFull } from './delivery';
import type { Lanes } from './lanes';
import type { Waiting } from './outbox-record';

export type OutboxBounds = {
  /** Default 1,000. */
  readonly mostMessages?: number | undefined;
  /** Default 16 MiB. */
  readonly mostBytes?: number | undefined;
};

const defaultMostMessages = 1_000;
const defaultMostBytes = 16 * 1024 * 1024;

export function overflow(lanes: Lanes, { data }: Waiting, bounds: OutboxBounds): OutboxFull | undefined {
  const { mostMessages = defaultMostMessages, mostBytes = defaultMostBytes } = bounds;
  if (lanes.messages >= mostMessages) {
    return new OutboxFull(`${lanes.messages} messages wait to be sent already: wait until some are.`);
  }
  if (lanes.bytes + data.length > mostBytes) {
    return new OutboxFull(`${lanes.bytes} bytes wait to be sent already: wait until some are.`);
  }
  return undefined;
}

/** Found out here where it can be: the relay cuts connections on account of what is far too large. */
export function tooLarge({ state, encoding }: Link, { data }: Waiting): RelayError | undefined {
  const most = state.is === 'connected' ? (state.registration.limits?.max_message_bytes ?? 0) : 0;
  const bytes = sealedBytes(data.length, encoding);
  if (most === 0 || bytes <= most) return undefined;
  return new RelayError(413, `A message of ${bytes} bytes is too large: the relay takes ${most}. Send it in parts.`);
}

export function wasClosed(): RelayError {
  return new RelayError('closed', 'The outbox was closed');
}

export function nowhereToKeep(): TypeError {
  return new TypeError('A message can be kept only by an outbox that has a store: pass one as the option store.');
}
