import { connectionOf, type Proof, type Registered, type Registration } from '@openrelay/state';
import type { Connection } from '../connection/connection';

/** The device registers, or says that it is online; or the edge does it again after a lost connection to Redis. */
export type Reason = 'asked' | 'online' | 'recovered';

/**
 * How a device names itself: with what it has proven now, if anything.
 * @property acks whether it promises to ack whatever it receives
 * @property presence absent: `shown`
 */
export type Introduction = {
  hardwareId: string;
  acks: boolean;
  proof?: Proof | undefined;
  presence?: 'shown' | 'hidden' | undefined;
};

export type RegisterRequest = Registration & {
  connection: Connection;
  reason: Reason;
  /** Whether the connection had a session before this one. */
  isRenewed: boolean;
  /** The connection's when it was asked: a queue that had not got so far then has begun to count anew. */
  cursor: number;
};

/** `not asked`: its connection was closed before Redis was asked, or the device may be gone. */
export type Outcome = Registered | { status: 'not asked' };

export type RegisteredAnswer = Extract<Registered, { status: 'registered' }>;

export type RefusedAnswer = Exclude<Registered, RegisteredAnswer>;

/** Whether the connection has this session, or had it. */
export function hadSession(connection: Connection, session: string): boolean {
  return connectionOf(session) === connectionOf(connection.session);
}

/** Whether the device was not held by the connection meanwhile, or its queue went back: it may count anew then. */
export function mayCountAnew({ connection, isRenewed, cursor }: RegisterRequest, answer: RegisteredAnswer): boolean {
  return (isRenewed && !hadSession(connection, answer.replaced)) || answer.seq < cursor;
}

/**
 * A request may have waited for a pong while its connection asked for more, and what was asked later may reach Redis first. So it
 * asks for what the connection is now: Redis must not be left with a name that the connection no longer has.
 */
export function asOfNow(request: RegisterRequest): RegisterRequest {
  const { session, state, sinceMs, presence, proof } = request.connection.holding;
  return {
    ...request,
    session,
    sinceMs: state === 'registered' ? sinceMs : 0,
    presence,
    proof: request.proof ?? proof,
    isRenewed: request.isRenewed || session !== request.session,
  };
}
