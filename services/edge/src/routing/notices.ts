import type { Notice } from '@openrelay/state';
import type { Delivery } from '../delivery/delivery';
import type { LiveOffers } from '../delivery/live-offers';
import type { Registrations } from '../holders/registrations';
import type { Sessions } from '../holders/sessions';
import type { LiveForwards } from './live-forwards';

export type NoticeParts = {
  sessions: Sessions;
  registrations: Registrations;
  delivery: Delivery;
  offers: LiveOffers;
  forwards: LiveForwards;
  /** An operator has asked the node to leave. */
  drainAsked: () => void;
  /** One could not be carried out. */
  failed: (error: unknown) => void;
};

/** HOT PATH. What scripts and other nodes tell this one: each notice goes to the part that it is for. */
export function handleNotices(parts: NoticeParts, notices: readonly Notice[]): void {
  for (const notice of notices) {
    try {
      handleNotice(parts, notice);
    } catch (error) {
      parts.failed(error); // the others are for other devices
    }
  }
}

function handleNotice(parts: NoticeParts, notice: Notice): void {
  if (notice.kind === 'drain') parts.drainAsked();
  else if (notice.kind === 'answered') parts.forwards.answered(notice.number, notice.outcome);
  else handleHolderNotice(parts, notice);
}

function handleHolderNotice(
  { sessions, registrations, delivery, offers }: NoticeParts,
  notice: Exclude<Notice, { kind: 'drain' | 'answered' }>,
): void {
  if (notice.kind === 'replaced') {
    registrations.replacedElsewhere(notice.session);
    return;
  }
  const holder = sessions.find(notice.session);
  if (!holder) sessions.deregisterOrphan(notice.device, notice.session);
  if (notice.kind === 'live') {
    offers.offer(holder, notice); // whose asker waits for an answer
    return;
  }
  if (!holder) return;
  switch (notice.kind) {
    case 'message':
      delivery.deliver(holder, notice.message);
      return;
    case 'wake':
      delivery.wake(holder, notice.seq);
  }
}
