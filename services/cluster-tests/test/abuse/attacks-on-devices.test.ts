import { madeUpContacts } from '../../src/abuse/attacks/listing';
import { hiddenPresence } from '../../src/abuse/attacks/looking';
import { impersonation, registrationStorm, takeovers } from '../../src/abuse/attacks/registering';
import { fullQueue, fullQueueClaimed, fullQueueListed, madeUpRecipients } from '../../src/abuse/attacks/storing';
import { unreadQueue } from '../../src/abuse/attacks/unread-queue';
import { playAll } from './short-form';

playAll([
  madeUpRecipients,
  impersonation,
  fullQueue,
  fullQueueClaimed,
  fullQueueListed,
  madeUpContacts,
  unreadQueue,
  hiddenPresence,
  takeovers,
  registrationStorm,
]);
