import { identityView, incomingView, linkView, outgoingView, peerView } from './views';
import type { Work } from './work';

export const identity: Work<'identity'> = async ({ held }) => identityView(held);

export const connect: Work<'connect'> = async ({ held }, { waitMs }, { cancelled }) => {
  await held.connected(waitMs, cancelled);
  return linkView(held);
};

export const peers: Work<'peers'> = async ({ held }) => {
  const settings = await held.settings();
  return { peers: (await held.peers()).list().map((peer) => peerView(peer, settings)) };
};

export const status: Work<'status'> = async ({ held, pid, version }) => {
  const device = held.running;
  const incoming = (await device?.transfers.incomingList()) ?? [];
  const outgoing = (await device?.transfers.outgoingList()) ?? [];
  const transfers = [
    ...incoming.filter(({ group }) => group === undefined).map(incomingView),
    ...outgoing.map(outgoingView),
  ];
  return {
    ...(await identityView(held)),
    link: linkView(held),
    peers: (await held.peers()).list().length,
    waiting: await held.waiting(),
    transfers,
    notices: await held.notices(),
    troubles: await held.troubles.list(),
    pid,
    version,
  };
};

export const seen: Work<'seen'> = async ({ held }, { untilMs }) => {
  await held.troubles.clear(untilMs);
  return {};
};

export const nameSelf: Work<'name-self'> = async ({ held }, { name }) => {
  await held.rename(name);
  return identityView(held);
};
