import { pointsOf, type Refusal, type SendMessage } from '@openrelay/protocol';
import type { Allowance, Charge, Charged, Limiter } from '@openrelay/state';
import { Batch } from '../batching/batch';
import type { Tick } from '../batching/tick';
import type { BandwidthMeter } from '../connection/bandwidth-meter';
import type { Connection } from '../connection/connection';
import { refusal, unavailable } from '../connection/refusals';

/** What is known of a message before it is admitted. */
type Candidate = Pick<SendMessage, 'payloadBytes' | 'excessBytes'> & { messageId?: string };

/** A request on its way to be admitted. */
export type Request = Charge & {
  connection: Connection;
  message: Candidate;
  frameBytes: number;
  proceed: () => void;
};

export type AdmissionParts = {
  tick: Tick;
  shards: number;
  limiter: Limiter;
  allowance: Allowance;
  bandwidth: BandwidthMeter;
  queueMaxBytes: number;
  /** A clock that only goes forward, in ms. */
  monotonicMs: () => number;
  refuse: (connection: Connection, refusal: Refusal) => void;
};

/** Every limit that a request passes before anything is done for it: what costs nothing to know first, Redis last. */
export class Admission {
  private readonly charges: Batch<Request, Charged>;

  constructor(private readonly parts: AdmissionParts) {
    const { tick, shards, limiter } = parts;
    this.charges = new Batch(shards, tick, {
      bytesOf: ({ frameBytes }) => frameBytes,
      run: (shard, requests) => limiter.charge(shard, requests),
      settled: (request, verdict) => this.settle(request, verdict),
      failed: (request) => this.refuseAway(request),
    });
  }

  /**
   * @param frameBytes of the frame that it came in, which is in memory while it waits
   * @param proceed called once, when the request has passed every limit and is paid for
   */
  admit(connection: Connection, message: Candidate, frameBytes: number, proceed: () => void): void {
    const { device } = connection;
    const points = pointsOf(message.payloadBytes, message.excessBytes);
    const request = { connection, message, frameBytes, proceed, device, points };
    const refused = this.refuseLocally(request);
    if (refused) {
      this.parts.refuse(request.connection, refused);
      return;
    }
    const { requestsPerMinute, pointsPerMinute } = this.parts.allowance;
    if (requestsPerMinute === 0 && pointsPerMinute === 0) {
      request.proceed();
      return;
    }
    if (!this.charges.add(connection.shard, request)) this.refuseAway(request);
  }

  private refuseLocally(request: Request): Refusal | undefined {
    const { connection, message, points } = request;
    const { bandwidth, allowance, queueMaxBytes } = this.parts;
    if (bandwidth.isUsedUp) {
      return refusal(
        'bandwidth',
        `The month's bandwidth is used up (${bandwidth.describe()}); it starts anew with the month.`,
        message,
      );
    }
    if (allowance.pointsPerMinute > 0 && points > allowance.pointsPerMinute) {
      return refusal(
        'tooLarge',
        `The message costs ${points} points; a device has ${allowance.pointsPerMinute} a minute, so it can never pass. Send it in parts.`,
        message,
      );
    }
    if (message.payloadBytes > queueMaxBytes) {
      return refusal(
        'tooLarge',
        `The message has ${message.payloadBytes} bytes; a queue holds ${queueMaxBytes}. Send it in parts.`,
        message,
      );
    }
    const waitMs = connection.refusedUntilMs - this.parts.monotonicMs();
    return waitMs > 0 ? this.overLimit(request, 'requests', Math.ceil(waitMs)) : undefined;
  }

  private settle(request: Request, verdict: Charged): void {
    if (verdict.status === 'passed') {
      request.proceed();
      return;
    }
    const { limit, retryAfterMs } = verdict;
    // Nothing can pass before the window ends, so that much need not be asked of Redis again.
    if (limit === 'requests') request.connection.refusedUntilMs = this.parts.monotonicMs() + retryAfterMs;
    this.parts.refuse(request.connection, this.overLimit(request, limit, retryAfterMs));
  }

  private overLimit(request: Request, limit: 'requests' | 'points', retryAfterMs: number): Refusal {
    const { requestsPerMinute, pointsPerMinute } = this.parts.allowance;
    const allowed = limit === 'requests' ? requestsPerMinute : pointsPerMinute;
    const text = `A device has ${allowed} ${limit} a minute, and too few are left: try again in ${retryAfterMs} ms.`;
    return { ...refusal('usedUp', text, request.message), retryAfterMs };
  }

  private refuseAway(request: Request): void {
    this.parts.refuse(request.connection, unavailable(request.message));
  }
}
