import { type Link, sealedBytes } from '../connection/index';
import type { Listeners } from '../connection/listeners';
import type { Outbox } from '../delivery/outbox';
import type { SealedOutbox } from '../sessions/index';
import type { TransferParts, TransferPost } from '../transfers/index';
import type { DeviceEvents } from './device-events';
import type { DeviceOptions } from './device-options';

const mostMessageBytes = 65_536;
/** Of each minute's, for texts and clipboards while a file is sent: an eighth of the default. */
const sparePoints = 64;

/** Everything sealed is kept, so that no counter is ever left out; what asks for live delivery alone does not wait for it. */
export function sealedOutboxOn(outbox: Outbox): SealedOutbox {
  return {
    post: (message, alongside) => {
      const whenRefused = message.ttlSeconds === 0 ? 'reject' : 'wait';
      return outbox.post({ ...message, keep: true, whenRefused }, alongside);
    },
    withdraw: (recipientId) => outbox.withdraw(recipientId),
  };
}

export function transferPostOn(link: Link, outbox: Outbox, post: TransferPost['post']): TransferPost {
  return {
    post,
    messageBytes: () => messageBytesOf(link),
    estimateSeconds: (bytes, messageBytes) => {
      const { encoding } = link;
      return outbox.estimateSeconds(sealedBytes(bytes, encoding), sealedBytes(messageBytes, encoding), sparePoints);
    },
    waitMs: (bytes) => outbox.waitMs(bytes, sparePoints),
  };
}

/** Of one message: no more than the relay takes, as text where it speaks JSON. */
export function messageBytesOf({ state, encoding }: Link, mostBytes = mostMessageBytes): number {
  const most = (state.is === 'connected' ? state.registration.limits?.max_message_bytes : 0) || mostMessageBytes;
  const bytes = Math.min(mostBytes, most);
  return encoding === 'json' ? Math.floor(bytes / 4) * 3 : bytes;
}

export function transferEventsOn(listeners: Listeners<DeviceEvents>): TransferParts['emit'] {
  return (event) => {
    if (event.name === 'offered') listeners.emit('offer', event.offer);
    else if (event.name === 'progress') listeners.emit('progress', event);
    else listeners.emit('finished', event);
  };
}

/** Without a place for files a device takes none, and what it sends ends with the process. */
export function filesOf({
  openSink = async () => Promise.reject(new Error('This device takes no files.')),
  openSource = async () => undefined,
  openFolder = async () => undefined,
}: NonNullable<DeviceOptions['files']> = {}): Pick<TransferParts, 'openSink' | 'openSource' | 'openFolder'> {
  return { openSink, openSource, openFolder };
}
