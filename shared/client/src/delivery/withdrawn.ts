import type { Changes } from '../stores/store';
import type { OutboxEntry } from './outbox-entry';
import { outboxKey } from './outbox-record';

/** Messages to one recipient that are of no use any more, of whom none leaves meanwhile. Either method is to be called, once. */
export type Withdrawn = {
  readonly messages: readonly { readonly messageId: string; readonly data: Uint8Array }[];
  /** What erases them; to be written together with what makes them useless. */
  readonly changes: Changes;
  /** They are erased: who waits for one gets the error. */
  reject(error: Error): void;
  /** They are not: all is as it was. */
  restore(): void;
};

export type WithdrawnParts = {
  readonly reject: (entry: OutboxEntry, error: Error) => void;
  readonly erase: (entry: OutboxEntry) => void;
  readonly pump: () => void;
};

/** What is on its way to the relay at this moment may arrive all the same. */
export function withdrawn(lane: readonly OutboxEntry[], parts: WithdrawnParts): Withdrawn {
  const entries = lane.filter(({ life, state }) => life === 'kept' && state !== 'storing');
  const held = entries.filter(({ state }) => state === 'waiting');
  for (const entry of held) entry.state = 'storing';
  return {
    messages: entries.map(({ waiting }) => waiting),
    changes: new Map(entries.map(({ sequence }) => [outboxKey(sequence), undefined])),
    reject: (error) => {
      for (const entry of entries) parts.reject(entry, error);
      parts.pump();
    },
    restore: () => {
      for (const entry of held) {
        if (entry.isSettled) parts.erase(entry);
        else entry.state = 'waiting';
      }
      parts.pump();
    },
  };
}
