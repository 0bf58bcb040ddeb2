/** From "sent" to "kept by the relay", and from "received" to "handled once": outbox, pacer, inbox. */
export {
  type Delay,
  type InboxHandler,
  type OutboxEvents,
  OutboxFull,
  type OutboxMessage,
  type Outgoing,
  type Posted,
} from './delivery';
export { Inbox, type InboxOptions } from './inbox';
export { Outbox, type OutboxOptions } from './outbox';
export { outboxPrefix } from './outbox-record';
export { Pacer } from './pacer';
