import { type ErrorMeaning, errorTable, type Refusal } from '@openrelay/protocol';
import { type DeliveryOutcome, mayHaveRun } from '@openrelay/state';
import type { Connection } from './connection';

/** What was refused, as far as its sender is told. */
type Refused = { messageId?: string | undefined };

export function refusal(meaning: ErrorMeaning, text: string, request: Refused = {}): Refusal {
  return { type: 'refused', code: errorTable[meaning].code, text, messageId: request.messageId };
}

/** Redis cannot be reached, is out of memory, or is too slow; it is known that it stored nothing. */
export function unavailable(request: Refused = {}): Refusal {
  return refusal('unavailable', 'The relay cannot take this now: nothing was stored. Try again in a moment.', request);
}

/** A message was to be stored, and the call to Redis for it and others failed. */
export function notAnswered(error: unknown, request: Refused): Refusal {
  return mayHaveRun(error) ? notSaid(request) : unavailable(request);
}

/** The same of a device's contacts: to send them again changes nothing more. */
export function contactsNotAnswered(error: unknown): Refusal {
  return mayHaveRun(error)
    ? refusal('unknown', 'Redis did not say whether this was stored: send it again, which changes nothing more.')
    : unavailable();
}

/** Whether the message was stored is not known. */
export function notSaid(request: Refused): Refusal {
  const advice =
    request.messageId === undefined
      ? 'sent again, it may come twice'
      : 'send it again under the same message_id, which is stored once';
  return refusal('unknown', `Redis did not say whether this was stored: ${advice}.`, request);
}

/**
 * Why a live-only message was not handed over. `under way`: another of its id is. `unanswered`: Redis, or the recipient's node,
 * did not say in time what became of it. `unavailable`: Redis could not be asked, or this node has too much under way.
 */
export type LiveFailure = Exclude<DeliveryOutcome, 'handed'> | 'under way' | 'unanswered' | 'unavailable';

export function liveRefusal(failure: LiveFailure, request: Refused): Refusal {
  switch (failure) {
    case 'absent':
      return refusal('absent', 'The recipient is not connected.', request);
    case 'behind':
      return refusal('busy', 'The recipient takes nothing just now: try again in a moment.', request);
    case 'under way':
      return refusal('busy', 'A message of this id is being handed over just now: try again in a moment.', request);
    case 'unanswered': {
      const again = request.messageId === undefined ? '' : ', under the same message_id';
      const text = `Nobody said in time whether this was handed over: try again in a moment${again}.`;
      return refusal('unknown', text, request);
    }
    case 'unavailable':
      return unavailable(request);
  }
}

export function cannotRegister(request: Refused = {}): Refusal {
  return refusal('unavailable', 'The relay cannot register this device now: try again in a moment.', request);
}

/** The device is claimed, or must be. */
export function unproven(text = 'This hardware_id needs a key: register with its public_key, and prove it.'): Refusal {
  return refusal('unproven', text);
}

export function registeredTooOften(retryAfterMs: number): Refusal {
  const text = `This hardware_id was registered too often in a minute: try again in ${retryAfterMs} ms.`;
  return { ...refusal('tooOften', text), retryAfterMs };
}

export function floodedBefore(retryAfterMs: number): Refusal {
  const text = `A connection of this hardware_id was closed for flooding: come back in ${retryAfterMs} ms.`;
  return { ...refusal('tooMany', text), retryAfterMs };
}

/** The lists of all devices together; a small one is never refused for that. */
export function contactsGrewTooMuch(retryAfterMs: number): Refusal {
  const text = `The relay has no room for so many more contacts within an hour: try again in ${retryAfterMs} ms.`;
  return { ...refusal('unavailable', text), retryAfterMs };
}

export function noRoomForClaims(): Refusal {
  return refusal(
    'unavailable',
    'The relay has no room for first claims now: try again later, or without a public_key.',
  );
}

/** The connection has no device: it has named none yet, or the relay could not register it. */
export function notRegistered(connection: Connection, request: Refused = {}): Refusal {
  if (connection.hardwareId !== '') return cannotRegister(request);
  return refusal('unregistered', 'Register first: this connection has no hardware_id yet.', request);
}
