import { closeCodes, errorCodes } from '@openrelay/protocol';
import { RelayError, type RelayErrorCode } from './relay-error';
import type { Closed } from './web-socket';

/** What ended a connection, or kept it from coming to be. */
export type Ending = { readonly closed: Closed } | { readonly refused: unknown };

export type Next =
  | { readonly do: 'wait'; readonly delayMs: number; readonly why: string; readonly code: RelayErrorCode }
  | { readonly do: 'stop'; readonly why: string; readonly code: RelayErrorCode };

const firstDelayMs = 500;
const longestDelayMs = 60_000;
/** A connection that lasted so long was a good one: what comes then begins with short delays again. */
const steadyMs = 30_000;
const restartSpreadMs = 5_000;
const tryLaterSpreadMs = 10_000;
const floodedMs = 60_000;
const refusedMs = 60_000;
const takenMs = 3_000;
/** So often within `takeoverWindowMs`, and the other one is no passing ghost. */
const takeovers = 3;
const takeoverWindowMs = 60_000;

/** Decides what a device does when its connection ended. Delays have full jitter, so that a fleet spreads. */
export class ComeBack {
  private failures = 0;
  private connectedAtMs: number | undefined;
  private takenAtMs: number[] = [];

  /** @param random from 0 up to 1 */
  constructor(private readonly random: () => number) {}

  connected(nowMs: number): void {
    this.connectedAtMs = nowMs;
  }

  next(ending: Ending, nowMs: number): Next {
    this.forgetFailuresIfSteady(nowMs);
    return 'closed' in ending ? this.afterClose(ending.closed, nowMs) : this.afterRefusal(ending.refused);
  }

  /** What failed before says nothing of now: delays begin short again. */
  forgetFailures(): void {
    this.failures = 0;
  }

  private forgetFailuresIfSteady(nowMs: number): void {
    const lastedMs = this.connectedAtMs === undefined ? 0 : nowMs - this.connectedAtMs;
    if (lastedMs >= steadyMs) this.forgetFailures();
    this.connectedAtMs = undefined;
  }

  private afterClose({ code, reason }: Closed, nowMs: number): Next {
    switch (code) {
      case closeCodes.restart.code:
        return this.wait(this.spread(restartSpreadMs), 'The relay restarts.', code);
      case closeCodes.tryLater.code:
        return this.wait(Math.max(this.spread(tryLaterSpreadMs), this.backOffMs()), 'The relay is busy.', code);
      case closeCodes.replaced.code:
        return this.afterTakeover(nowMs);
      case closeCodes.flooding.code:
        return this.wait(floodedMs + this.spread(tryLaterSpreadMs), 'The relay found this device too fast.', code);
      default: {
        const said = reason === '' ? `${code}` : `${code}, ${reason}`;
        return this.wait(this.backOffMs(), `The connection to the relay was lost (${said}).`, code);
      }
    }
  }

  private afterTakeover(nowMs: number): Next {
    const { code } = closeCodes.replaced;
    this.takenAtMs = [...this.takenAtMs.filter((atMs) => nowMs - atMs < takeoverWindowMs), nowMs];
    if (this.takenAtMs.length < takeovers) {
      return this.wait(takenMs + this.spread(restartSpreadMs), 'Another device registered the id of this one.', code);
    }
    this.takenAtMs = [];
    const why = 'Two devices have this id: a copied disk? Give one of them an identity of its own.';
    return { do: 'stop', why, code };
  }

  private afterRefusal(error: unknown): Next {
    if (!(error instanceof RelayError)) {
      return this.wait(this.backOffMs(), `This device could not register: ${wordsOf(error)}`, 'closed');
    }
    const { code, message, retryAfterMs } = error;
    switch (code) {
      case 401:
        return { do: 'stop', why: `The relay does not take this device for the owner of its id: ${message}`, code };
      case 400:
      case 403:
        return { do: 'stop', why: `The relay does not take this device's registration: ${message}`, code };
      case 429:
        return this.wait(
          (retryAfterMs ?? refusedMs) + this.spread(1_000),
          `The relay asks for a pause: ${message}`,
          code,
        );
      default:
        return this.wait(this.backOffMs(), sentenceOf(code, message), code);
    }
  }

  private backOffMs(): number {
    const ceilingMs = Math.min(longestDelayMs, firstDelayMs * 2 ** Math.min(this.failures, 20));
    this.failures += 1;
    return this.spread(ceilingMs);
  }

  private spread(maxMs: number): number {
    return Math.floor(this.random() * maxMs);
  }

  private wait(delayMs: number, why: string, code: RelayErrorCode): Next {
    return { do: 'wait', delayMs, why, code };
  }
}

function sentenceOf(code: RelayErrorCode, message: string): string {
  const isOfRelay = (errorCodes as readonly RelayErrorCode[]).includes(code);
  return isOfRelay ? `The relay cannot take this device now: ${message}` : `${message}.`;
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
