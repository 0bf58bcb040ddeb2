/** What sessions need of the layers below, in their own words: delivery and the link fit these. */
import type { Changes } from '../stores/store';

export type SealedPost = {
  readonly recipientId: string;
  /** A UUID; it is bound into the sealed bytes, so a repeat must bear it too. */
  readonly messageId: string;
  /** The bytes as they travel; a repeat must be the same bytes. */
  readonly data: Uint8Array;
  readonly ttlSeconds: number;
};

export type Posted = {
  /** The message, and what was written alongside, are on stable storage. */
  readonly kept: Promise<void>;
  /** The relay has taken it; rejects when it never will. */
  readonly accepted: Promise<unknown>;
};

/** What waits for one recipient, and can't be read there any more. Either method is called, once. */
export type Withdrawn = {
  readonly messages: readonly Pick<SealedPost, 'messageId' | 'data'>[];
  /** What erases them; written together with what makes them useless. */
  readonly changes: Changes;
  /** They are erased: whoever waits for one gets the error. */
  reject(error: Error): void;
  /** They are not: all is as it was. */
  restore(): void;
};

/** Where sealed messages wait for the relay. Messages to one recipient leave in the order in which they were posted. */
export type SealedOutbox = {
  /**
   * Guarantee: the outbox's own record of the message and `alongside` become durable in one `Store.write`, or neither does. So no
   * crash lets a counter be used twice, nor leaves a gap in them.
   */
  post(message: SealedPost, alongside: Changes): Posted;
  /** None of these leaves until one of the two methods is called. */
  withdraw(recipientId: string): Withdrawn | Promise<Withdrawn>;
};

export type RotationUpdate = { readonly peerId: string; readonly keyId: bigint; readonly package: Uint8Array };
export type RotationAnswer = RotationUpdate & { readonly outcome: 'rotated' | 'refused' };

/** KeyRotationUpdate and KeyRotationAck frames. Either may be lost: what is not answered is offered again. */
export type RotationFrames = {
  update(frame: RotationUpdate): void;
  answer(frame: RotationAnswer): void;
};
