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
const refusals = [DeviceError, IntroductionError, PairingError, PeersFull, SessionError, WindowsAppError];
/** The same, of this machine. */
const faults = [OutboxFull, StoreDamaged];

/** The sentence and the exit code for whatever was thrown. */
export function failureOf(error: unknown): Failure {
  if (error instanceof Failure) return error;
  if (error instanceof Error && error.name === 'AbortError') return new Failure(130, 'Cancelled.');
  if (error instanceof PairingError && error.code === 'cancelled') return new Failure(130, error.message);
  if (error instanceof WindowsAppError && error.code === 'cancelled') return new Failure(130, error.message);
  if (error instanceof WindowsAppError && error.code === 'no-id') return new Failure(2, error.message);
  if (error instanceof PairingError && isCall(error)) return new Failure(2, error.message);
  if (refusals.some((kind) => error instanceof kind)) return new Failure(1, (error as Error).message);
  if (faults.some((kind) => error instanceof kind)) return new Failure(3, (error as Error).message);
  if (error instanceof RelayError) return new Failure(3, relaySentence(error));
  if (error instanceof RangeError) return new Failure(2, error.message);
  return new Failure(3, error instanceof Error ? error.message : String(error));
}

function isCall({ code }: PairingError): boolean {
  return code === 'unreadable-code' || code === 'unreadable-id';
}

function relaySentence({ code, message }: RelayError): string {
  const said = /[.!?]$/.test(message) ? message : `${message}.`;
  return typeof code === 'number' ? `The relay refused it (${code}): ${said}` : said;
}
