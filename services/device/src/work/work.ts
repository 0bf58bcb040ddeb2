import type { HeldDevice } from '../holding/held-device';
import type { Talk } from './talk';
import type { AnswerOf, RequestOf, WorkName } from './works';

/** Where work is done: in the agent, which goes on, or in a command, with which the device closes. */
export type Workplace = {
  readonly held: HeldDevice;
  readonly life: 'agent' | 'command';
  readonly version: string;
  readonly pid: number;
  /** Of the agent. */
  readonly stop: () => void;
};

/** Rejects with whatever went wrong; failureOf tells it in a sentence. */
export type Work<Name extends WorkName> = (
  place: Workplace,
  request: RequestOf<Name>,
  talk: Talk,
) => Promise<AnswerOf<Name>>;

/** How long a command waits for a connection. */
export const connectMs = 15_000;
