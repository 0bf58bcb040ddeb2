import type { Notice } from '@openrelay/state';
import type { Delivery } from './deliver';
import type { Registrations } from './registrations';
import type { Routing } from './routing';

export type NoticeParts = {
  registrations: Registrations;
  delivery: Delivery;
  routing: Routing;
  /** An operator has asked the node to leave. */
  drainAsked: () => void;
};

/** HOT PATH. What scripts and other nodes tell this one: each notice goes to the part that it is for. */
export function hear(parts: NoticeParts, notices: readonly Notice[]): void {
  for (const notice of notices) {
    if (notice.kind === 'drain') parts.drainAsked();
    else hearOfHolder(parts, notice);
  }
}

function hearOfHolder(
  { registrations, delivery, routing }: NoticeParts,
  notice: Exclude<Notice, { kind: 'drain' }>,
): void {
  if (notice.kind === 'replaced') {
    registrations.replaceSession(notice.session);
    return;
  }
  const holder = registrations.find(notice.device, notice.session);
  if (!holder) return;
  switch (notice.kind) {
    case 'message':
      delivery.live(holder, notice.message);
      return;
    case 'wake':
      delivery.wake(holder, notice.seq);
      return;
    case 'ephemeral':
      routing.handLive(holder, notice.envelope);
  }
}
