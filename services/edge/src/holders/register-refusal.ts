import type { Refusal } from '@openrelay/protocol';
import { noRoomForClaims, registeredTooOften, unproven } from '../connection/refusals';
import type { RefusedAnswer } from './register-request';

/** What a device is told that Redis does not register. */
export function registerRefusal(answer: Exclude<RefusedAnswer, { status: 'superseded' }>): Refusal {
  switch (answer.status) {
    case 'unproven':
      return unproven();
    case 'limited':
      return registeredTooOften(answer.retryAfterMs);
    case 'short':
      return noRoomForClaims();
  }
}
