import type { Notice } from '@openrelay/state';
import type { DoubtfulConnections } from '../connection/doubtful-connections';
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
  doubtful: DoubtfulConnections;
  /** An operator has asked the node to leave. */
  drainAsked: () => void;
  /** A notice could not be carried out. */
  failed: (error: unknown) => void;
};

/** HOT PATH. What scripts and other nodes tell this one: each notice goes to the part that it is for. */
export function handleNotices(parts: NoticeParts, notices: readonly Notice[]): void {
  for (const notice of notices) {
    try {
      handleNotice(parts, notice);
    } catch (error) {
      parts.failed(error); // the other notices are for other devices
      if ('session' in notice) doubt(parts, notice.session);
    }
  }
}

function doubt({ sessions, doubtful }: NoticeParts, session: string): void {
  const connection = sessions.findHolder(session);
  if (connection) doubtful.addFailed(connection);
}

function handleNotice(parts: NoticeParts, notice: Notice): void {
  const { sessions, registrations, delivery, offers, forwards } = parts;
  switch (notice.kind) {
    case 'drain':
      parts.drainAsked();
      return;
    case 'answered':
      forwards.answered(notice.number, notice.outcome);
      return;
    case 'replaced':
      registrations.replacedElsewhere(notice.session);
      return;
    case 'live': // its asker waits for an answer, whether there is a holder or not
      offers.offer(sessions.findOrDeregister(notice.device, notice.session), notice);
      return;
    case 'message':
    case 'wake': {
      const holder = sessions.findOrDeregister(notice.device, notice.session);
      if (!holder) return;
      if (notice.kind === 'message') delivery.deliver(holder, notice.message);
      else delivery.wake(holder, notice.seq);
    }
  }
}
