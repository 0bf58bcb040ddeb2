import { get } from 'node:http';
import { get as getOverTls } from 'node:https';
import { isInClear } from '../settings/relay-url';
import { durationText } from '../terminal/units';
import type { Finding } from './doctor-machine';

const answerMs = 10_000;
/** A certificate's life, and what a relay keeps for a device, are told by clocks. */
const toleratedMs = 60_000;

type Reached = { readonly status: number; readonly dateMs: number };

/** Whether something answers there, and what its clock says. */
export async function* relayFindings(relay: string, now: () => number): AsyncGenerator<Finding> {
  const reached = await reach(relay).catch((error: Error) => error);
  if (reached instanceof Error) {
    yield { about: 'relay', is: 'wrong', sentence: `Nothing answers at ${relay}: ${whyOf(reached)}` };
    return;
  }
  yield reached.status === 200
    ? { about: 'relay', is: 'well', sentence: `A relay answers at ${relay}.` }
    : {
        about: 'relay',
        is: 'note',
        sentence: `What answers at ${relay} says ${reached.status} to /health, as relays do not.`,
      };
  if (isInClear(relay)) {
    const sentence =
      'The connection is not encrypted: who is on the way sees which devices speak with each other. Use wss://.';
    yield { about: 'relay', is: 'note', sentence };
  }
  if (!Number.isNaN(reached.dateMs)) yield clockFinding(now() - reached.dateMs);
}

export function clockFinding(aheadMs: number): Finding {
  const off = Math.abs(aheadMs);
  if (off <= toleratedMs) return { about: 'clock', is: 'well', sentence: 'The clock agrees with the relay’s.' };
  const side = aheadMs > 0 ? 'ahead of' : 'behind';
  const sentence = `The clock is ${durationText(off / 1000)} ${side} the relay’s: set it, by the network if possible.`;
  return { about: 'clock', is: 'wrong', sentence };
}

function reach(relay: string): Promise<Reached> {
  const url = new URL('/health', relay.replace(/^ws/, 'http'));
  return new Promise((resolve, reject) => {
    const ask = url.protocol === 'https:' ? getOverTls : get;
    const request = ask(url, { timeout: answerMs }, (response) => {
      response.resume();
      resolve({ status: response.statusCode ?? 0, dateMs: Date.parse(response.headers.date ?? '') });
    });
    request.on('timeout', () => request.destroy(new Error('it does not answer')));
    request.on('error', reject);
  });
}

function whyOf(error: Error): string {
  const { code = '' } = error as NodeJS.ErrnoException;
  switch (code) {
    case 'ECONNREFUSED':
      return 'no relay listens there. Start it, or name yours with --relay URL.';
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'its name is not known. Is it right, and is this machine online?';
    case 'ETIMEDOUT':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return 'it can’t be reached. Is this machine online?';
    default:
      return `${error.message}.`;
  }
}
