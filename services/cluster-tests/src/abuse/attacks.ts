/** Every attack, in the order in which they are run. */
import type { Attack } from './attack';
import { metricsFlood, pageFileFlood, pipelinedRequests } from './attacks/asking-edges';
import { opsConnections, opsFlood } from './attacks/asking-ops';
import {
  compressionOffers,
  emptyTexts,
  endlessFragments,
  endlessPongs,
  largeBeforeRegister,
  manyKeys,
} from './attacks/flooding';
import { connections, halfOpen, registeredConnections, slowLoris, slowReaders } from './attacks/holding';
import { madeUpContacts } from './attacks/listing';
import { appendOnlyFile, hiddenPresence, hiddenPresenceOfAll, presence } from './attacks/looking';
import { oneAddress } from './attacks/one-address';
import { impersonation, registrationStorm, returningFlood, takeovers } from './attacks/registering';
import { smuggling } from './attacks/smuggling';
import { fullQueue, fullQueueClaimed, fullQueueListed, madeUpRecipients } from './attacks/storing';
import { unreadQueue } from './attacks/unread-queue';

export const attacks: readonly Attack[] = [
  madeUpRecipients,
  impersonation,
  fullQueue,
  fullQueueClaimed,
  fullQueueListed,
  connections,
  registeredConnections,
  madeUpContacts,
  unreadQueue,
  largeBeforeRegister,
  emptyTexts,
  manyKeys,
  endlessPongs,
  endlessFragments,
  returningFlood,
  opsConnections,
  opsFlood,
  metricsFlood,
  pageFileFlood,
  pipelinedRequests,
  presence,
  hiddenPresence,
  hiddenPresenceOfAll,
  appendOnlyFile,
  slowLoris,
  halfOpen,
  slowReaders,
  takeovers,
  registrationStorm,
  compressionOffers,
  smuggling,
  oneAddress,
];

/** @throws Error when there is none of that name */
export function attackNamed(name: string): Attack {
  const found = attacks.find((attack) => attack.name === name);
  if (found === undefined) throw new Error(`There is no attack "${name}".`);
  return found;
}
