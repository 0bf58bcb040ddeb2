import type { Accepted, ContentType, OutgoingMessage, ReceivedMessage } from '../connection/frames/messages';
import type { RelayError } from '../connection/relay-error';
import type { Changes } from '../stores/store';

/** A message for the outbox, which sends it as these very bytes, once or as often as it takes. */
export type OutboxMessage = Pick<OutgoingMessage, 'recipientId' | 'data' | 'messageId'> & {
  /** How long the relay keeps it; 0 asks for live delivery or nothing. */
  readonly ttlSeconds?: number | undefined;
  readonly contentType?: ContentType | undefined;
  /** True: it is in the store before anything else, and survives a restart. */
  readonly keep?: boolean | undefined;
  /** What a full queue (507), an absent recipient (404) or a used-up month (509) does; default `reject`. */
  readonly whenRefused?: 'reject' | 'wait' | undefined;
  /** Given up at this time (Unix ms), also by a later process: rejected with a RelayError `timeout`. */
  readonly untilMs?: number | undefined;
  /** Gives it up; the promise rejects with the signal's reason. What is on its way already may arrive. */
  readonly signal?: AbortSignal | undefined;
};

/** What became of a message of the outbox, also of one that was kept by a former process. */
export type OutboxEvents = {
  accepted: Accepted & { readonly recipientId: string };
  rejected: { readonly messageId: string; readonly recipientId: string; readonly error: Error };
  /** The minute's limits are used up: messages wait until then (Unix ms). */
  paced: { readonly untilMs: number };
  /** The relay refused one for now, and it is tried again: 507 also where the recipient has this device not among its contacts. */
  delayed: { readonly recipientId: string; readonly error: RelayError };
  handlerFailed: unknown;
};

/** The relay's last word about a message that it did not take yet, and how often it said such a thing. */
export type Delay = { readonly error: RelayError; readonly times: number };

export type Posted = {
  /** The message, and what was to be written alongside, are on stable storage (at once where it is not to be kept). */
  readonly kept: Promise<void>;
  /** The relay keeps the message. */
  readonly accepted: Promise<Accepted>;
};

/** Messages to one recipient leave one at a time, in the order in which they were posted. */
export type Outgoing = {
  /**
   * Resolves when the relay keeps the message. Rejects with a RelayError that no repeat can mend, with OutboxFull, with the
   * signal's reason, or with what the store threw (nothing is sent then).
   */
  send(message: OutboxMessage): Promise<Accepted>;
  /** The same for a message that is kept, told apart. `alongside` is written with the message in one `Store.write`. */
  post(message: OutboxMessage, alongside?: Changes): Posted;
  /** How long so many bytes take under the relay's limits, from now on; 0 when they fit into what is left. */
  estimateSeconds(bytes: number): number;
};

/**
 * Called once for each message, one at a time. What it returns is written together with the memory of the message, all or
 * nothing: so state that follows from a message is changed once, whatever dies. When it throws, the message is not acked and
 * comes again at the next registration.
 */
export type InboxHandler = (
  message: ReceivedMessage,
) => Promise<Changes | undefined> | Promise<void> | Changes | undefined;

/** Too much waits to be sent: 1,000 messages or 16 MiB. */
export class OutboxFull extends Error {
  override readonly name = 'OutboxFull';
}
