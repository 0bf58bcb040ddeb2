import type { Metrics } from '@openrelay/telemetry';
import type { UnregisteredConnections } from '../connection/unregistered-connections';
import type { NotTaken } from '../sockets/transport';
import { TokenBucket } from './token-bucket';

/** Without a setting, this part of all connections may be unregistered, or this many. */
const unregisteredShare = 1 / 4;
const leastUnregistered = 100;

const full: NotTaken = { text: 'This edge has all the connections it takes.', retryAfterSeconds: 10 };
const crowded: NotTaken = { text: 'Too many connections have not registered yet.', retryAfterSeconds: 5 };
const short: NotTaken = { text: 'This edge has no memory for more connections now.', retryAfterSeconds: 10 };
const hurried: NotTaken = { text: 'Too many connections come at a time.', retryAfterSeconds: 2 };

export type ConnectionLimitParts = {
  unregistered: Pick<UnregisteredConnections, 'count'>;
  /** 0: a share of all. */
  maxUnregistered: number;
  /** 0: no limit. */
  perSecond: number;
  metrics: Metrics;
  monotonicMs: () => number;
};

/** How many connections the node takes: in all, unregistered ones, and new ones in a second (a token bucket). */
export class ConnectionLimits {
  /** Known when the edge starts. */
  maxConnections = Number.POSITIVE_INFINITY;
  isShortOfMemory = false;
  /** How many were refused since the node has all that it takes. */
  refusals = 0;
  private readonly rate: TokenBucket;

  constructor(private readonly parts: ConnectionLimitParts) {
    this.rate = new TokenBucket(parts.perSecond, parts.monotonicMs);
    parts.metrics.gauge('connections_unregistered', () => parts.unregistered.count);
  }

  get maxUnregistered(): number {
    const { maxUnregistered } = this.parts;
    return maxUnregistered > 0 ? maxUnregistered : Math.max(leastUnregistered, unregisteredShare * this.maxConnections);
  }

  /** @param open connections that there are */
  admit(open: number): 'taken' | NotTaken {
    const { unregistered, metrics } = this.parts;
    if (open >= this.maxConnections) {
      this.refusals += 1;
      metrics.count('connections_refused', 'all');
      return full;
    }
    if (this.isShortOfMemory) {
      metrics.count('connections_refused', 'memory');
      return short;
    }
    if (unregistered.count >= this.maxUnregistered) {
      metrics.count('connections_refused', 'unregistered');
      return crowded;
    }
    if (this.rate.take() === 'taken') return 'taken';
    metrics.count('connections_refused', 'rate');
    return hurried;
  }
}
