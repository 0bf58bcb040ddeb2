import { bytesPerPoint, limitWindowMs } from '@openrelay/protocol';
import type { Limits } from '../connection/frames/messages';

/** The relay's window begins when it has read the first request, a little after this side's does. */
const marginMs = 200;

/** Of every relay that nobody set otherwise (RESPONSES.md, Limits): what takes how long is wanted before the first connection. */
const usualRequests = 60;
const usualPoints = 512;

type Figures = { readonly requests: number; readonly points: number };

/**
 * Knows what is left of the minute's requests and points, so that a device waits instead of being refused. Windows are those of
 * RESPONSES.md: one begins with a request, and ends 60 s later.
 */
export class Pacer {
  private allowed: Figures = { requests: Number.POSITIVE_INFINITY, points: Number.POSITIVE_INFINITY };
  private left: Figures = this.allowed;
  /** What is reckoned with where the relay has not told its limits. */
  private expected: Figures = { requests: usualRequests, points: usualPoints };
  private windowEndsAtMs = 0;

  constructor(private readonly now: () => number) {}

  /** What a registration told. A window that was open before has no known beginning: it may last a whole minute yet. */
  told(limits: Readonly<Partial<Limits>> | undefined): void {
    this.allowed = {
      requests: unlessOff(limits?.requests_per_minute),
      points: unlessOff(limits?.points_per_minute),
    };
    this.expected = {
      requests: limits?.requests_per_minute === undefined ? usualRequests : this.allowed.requests,
      points: limits?.points_per_minute === undefined ? usualPoints : this.allowed.points,
    };
    const left = {
      requests: leftOf(this.allowed.requests, limits?.requests_left),
      points: leftOf(this.allowed.points, limits?.points_left),
    };
    const isFull = left.requests >= this.allowed.requests && left.points >= this.allowed.points;
    if (isFull) this.windowEndsAtMs = 0;
    else if (this.remainingMs() === 0) this.windowEndsAtMs = this.now() + limitWindowMs;
    this.left = isFull ? this.allowed : left;
  }

  /** A request went out. */
  spent(points: number): void {
    if (this.remainingMs() === 0) {
      this.left = this.allowed;
      this.windowEndsAtMs = this.now() + limitWindowMs + marginMs;
    }
    this.left = { requests: this.left.requests - 1, points: this.left.points - points };
  }

  /** The relay refused with 429. */
  refused(retryAfterMs: number = limitWindowMs): void {
    this.left = { requests: 0, points: 0 };
    this.windowEndsAtMs = this.now() + Math.min(Math.max(0, retryAfterMs), limitWindowMs) + marginMs;
  }

  /**
   * How long a request of so many points has to wait; 0 when it may go.
   * @param sparePoints that are to be left for others
   */
  waitMs(points: number, sparePoints = 0): number {
    // Never admitted: the relay says so itself.
    if (points > this.allowed.points) return 0;
    const fits = this.left.requests >= 1 && this.left.points >= points + spared(this.allowed, points, sparePoints);
    return fits ? 0 : this.remainingMs();
  }

  /**
   * How long so many bytes take from now on, in messages of `messageBytes`: 0 when all fit into what is left of this minute.
   * Before the relay has told its limits, by those that are usual. What a minute allows goes at its beginning, so time is what lies between the minutes.
   * @param sparePoints of each minute that are left for others
   */
  estimateSeconds(bytes: number, messageBytes: number, sparePoints = 0): number {
    const messages = Math.max(1, Math.ceil(bytes / messageBytes));
    const pointsEach = Math.max(1, Math.ceil(messageBytes / bytesPerPoint));
    const spare = spared(this.expected, pointsEach, sparePoints);
    const messagesIn = ({ requests, points }: Figures) => Math.floor(Math.min(requests, (points - spare) / pointsEach));
    const perWindow = Math.max(1, messagesIn(this.expected));
    const remainingMs = this.remainingMs();
    const left = remainingMs === 0 ? this.expected : smaller(this.left, this.expected);
    const now = Math.max(0, messagesIn(left));
    if (messages <= now) return 0;
    const windows = Math.ceil((messages - now) / perWindow);
    const firstMs = remainingMs === 0 ? limitWindowMs : remainingMs;
    return Math.ceil((firstMs + (windows - 1) * limitWindowMs) / 1000);
  }

  /** Of the open window; at most a whole one, also after the clock was set back. */
  private remainingMs(): number {
    return Math.min(Math.max(0, this.windowEndsAtMs - this.now()), limitWindowMs + marginMs);
  }
}

/** A message that needs nearly all of a minute leaves what it can. */
function spared(allowed: Figures, points: number, sparePoints: number): number {
  return Math.min(sparePoints, Math.max(0, allowed.points - points));
}

function smaller(one: Figures, other: Figures): Figures {
  return { requests: Math.min(one.requests, other.requests), points: Math.min(one.points, other.points) };
}

/** 0 stands for a limit that is switched off. */
function unlessOff(limit: number | undefined): number {
  return limit === undefined || limit === 0 ? Number.POSITIVE_INFINITY : limit;
}

/** Of a limit that is switched off, 0 is told to be left. */
function leftOf(allowed: number, left: number | undefined): number {
  return allowed === Number.POSITIVE_INFINITY ? allowed : Math.min(allowed, left ?? allowed);
}
