import {
  DeviceError,
  IntroductionError,
  OutboxFull,
  PairingError,
  PeersFull,
  RelayError,
  SessionError,
  StoreDamaged,
  WindowsAppError,
} from '@openrelay/client';
import { Failure } from './failure';

/** Whose messages are sentences for people, and mean that what was asked for is not possible. */
const refusals = [DeviceError, IntroductionError, PeersFull, SessionError];
/** The same, of this machine. */
const faults = [OutboxFull, StoreDamaged];

/** The sentence and the exit code for whatever was thrown. */
export function failureOf(error: unknown): Failure {
  if (error instanceof Failure) return error;
  if (error instanceof Error && error.name === 'AbortError') return new Failure(130, 'Cancelled.');
  if (error instanceof PairingError || error instanceof WindowsAppError) return pairingFailure(error);
  if (refusals.some((kind) => error instanceof kind)) return new Failure(1, (error as Error).message);
  if (faults.some((kind) => error instanceof kind)) return new Failure(3, (error as Error).message);
  if (error instanceof RelayError) return new Failure(3, relaySentence(error));
  if (error instanceof RangeError) return new Failure(2, error.message);
  return new Failure(3, error instanceof Error ? error.message : String(error));
}

function pairingFailure({ code, message }: PairingError | WindowsAppError): Failure {
  switch (code) {
    case 'cancelled':
      return new Failure(130, message);
    case 'unreadable-code':
    case 'unreadable-id':
    case 'no-id':
      return new Failure(2, message);
    default:
      return new Failure(1, message);
  }
}

function relaySentence({ code, message }: RelayError): string {
  const said = /[.!?]$/.test(message) ? message : `${message}.`;
  return typeof code === 'number' ? `The relay refused it (${code}): ${said}` : said;
}
