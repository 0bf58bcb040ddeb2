import { impersonation, registrationStorm, takeovers } from '../../src/abuse/attacks/registering';
import { fullQueueClaimed, madeUpRecipients } from '../../src/abuse/attacks/storing';
import { unreadQueue } from '../../src/abuse/attacks/unread-queue';
import { playAll } from './short-form';

playAll([madeUpRecipients, impersonation, fullQueueClaimed, unreadQueue, takeovers, registrationStorm]);
