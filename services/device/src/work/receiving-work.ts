import type { IncomingRecord } from '@openrelay/client';
import { Failure } from '../failures/failure';
import { followLink } from './follow-link';
import type { Work } from './work';
import type { OfferView } from './works';

export const receiving: Work<'receiving'> = async ({ held }, { items }) => {
  const settings = await held.settings();
  const offers = (await held.running?.transfers.incomingList()) ?? [];
  return {
    folder: await held.receiving.folder(),
    accept: settings.receive?.accept ?? 'all',
    offers: offers.filter(({ phase }) => phase === 'offered').map(offerView),
    items: await held.items.last(items),
  };
};

export const watch: Work<'watch'> = async ({ held }, _, talk) => {
  const stops = [
    held.items.onItem((item) => talk.tell({ event: 'received', item })),
    held.receiving.onOffer((offer) => talk.tell({ event: 'offer', offer: offerView(offer) })),
  ];
  const device = await held.device();
  stops.push(followLink(device, talk));
  await aborted(AbortSignal.any([talk.cancelled, talk.left]));
  for (const stop of stops) stop();
  return {};
};

export const decide: Work<'decide'> = async ({ held }, { peerId, id, take }) => {
  const device = await held.device();
  const offers = await device.transfers.incomingList();
  const offer = offers.find((each) => each.id === id && each.peerId === peerId && each.phase === 'offered');
  if (offer === undefined) throw new Failure(1, 'There is no such offer any more.');
  if (take === 'take') await held.receiving.take(device, offer);
  else await device.transfers.refuse(peerId, id, 'The receiver does not want it.');
  return {};
};

function offerView({ peerId, id, name, size }: IncomingRecord): OfferView {
  return { peerId, id, name, size };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
    if (signal.aborted) resolve();
  });
}
