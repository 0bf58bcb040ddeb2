import { type ContactsMessage, encodeContactsResponse, maxContacts } from '@openrelay/protocol';
import type { Claims, ContactsChange, ContactsChanged } from '@openrelay/state';
import { Batch, type Lanes } from '../batching/batch';
import type { Tick } from '../batching/tick';
import type { Connection } from '../connection/connection';
import type { DoubtfulConnections } from '../connection/doubtful-connections';
import type { Outbox } from '../connection/outbox';
import {
  cannotRegister,
  contactsGrewTooMuch,
  contactsNotAnswered,
  refusal,
  unavailable,
  unproven,
} from '../connection/refusals';
import type { Replies } from '../connection/replies';

type ChangeRequest = ContactsChange & { connection: Connection };

export type ContactChangeParts = {
  tick: Tick;
  link: Lanes;
  claims: Pick<Claims, 'changeContacts'>;
  outbox: Pick<Outbox, 'add'>;
  replies: Pick<Replies, 'refuse'>;
  doubtful: DoubtfulConnections;
};

/** Small, since a change may hold a thousand contacts, and a call is not to hold Redis up. */
const maxChanges = 4;
const tagBytes = 16;

/** Whom devices take messages from: brings their changes to Redis, and the answers back. */
export class ContactChanges {
  private readonly changes: Batch<ChangeRequest, ContactsChanged>;

  constructor(private readonly parts: ContactChangeParts) {
    const { tick, link, claims, replies } = parts;
    this.changes = new Batch(link, tick, {
      maxItems: maxChanges,
      bytesOf: ({ add = [], remove = [], replace = [] }) => tagBytes * (add.length + remove.length + replace.length),
      run: (lane, requests) => claims.changeContacts(lane, requests),
      settled: (request, answer) => this.settle(request, answer),
      failed: ({ connection }, error) => replies.refuse(connection, contactsNotAnswered(error)),
    });
  }

  ask(connection: Connection, { accept, add, remove, replace }: ContactsMessage): void {
    const { device, session, shard } = connection;
    if (!this.changes.add({ connection, shard, device, session, accept, add, remove, replace })) {
      this.parts.replies.refuse(connection, unavailable());
    }
  }

  private settle({ connection }: ChangeRequest, answer: ContactsChanged): void {
    const { outbox, replies, doubtful } = this.parts;
    if (!connection.isOpen) return;
    switch (answer.status) {
      case 'changed':
        outbox.add(connection, encodeContactsResponse(connection.encoding, answer.accept, answer.listed));
        return;
      case 'many': {
        const text = `A device may list ${maxContacts} contacts; there would be more. ${answer.listed} are listed, as before.`;
        replies.refuse(connection, refusal('tooLarge', text));
        return;
      }
      case 'unclaimed':
        replies.refuse(connection, unproven('Only a claimed device has contacts: register with a public_key first.'));
        return;
      case 'gone':
        doubtful.add(connection);
        replies.refuse(connection, cannotRegister());
        return;
      case 'grown':
        replies.refuse(connection, contactsGrewTooMuch(answer.retryAfterMs));
        return;
      case 'short':
        replies.refuse(connection, unavailable());
    }
  }
}
