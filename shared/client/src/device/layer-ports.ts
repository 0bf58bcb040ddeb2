import { type Link, sealedBytes } from '../connection/index';
import type { Outbox } from '../delivery/outbox';
import type { SealedOutbox } from '../sessions/index';
import type { TransferPost } from '../transfers/index';

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

/** Of one sealed message: 64 KiB, or what the relay takes, as text where it speaks JSON. */
function messageBytesOf({ state, encoding }: Link): number {
  const most = (state.is === 'connected' ? state.registration.limits?.max_message_bytes : 0) || mostMessageBytes;
  const bytes = Math.min(mostMessageBytes, most);
  return encoding === 'json' ? Math.floor(bytes / 4) * 3 : bytes;
}
