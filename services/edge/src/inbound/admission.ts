import type { Refusal } from '@openrelay/protocol';
import type { Allowance, Charge, Charged, Limiter } from '@openrelay/state';
import { Batch, type Lanes } from '../batching/batch';
import type { Tick } from '../batching/tick';
import type { BandwidthMeter } from '../connection/bandwidth-meter';
import { usedUpOf } from '../connection/connection';
import { refusal, unavailable } from '../connection/refusals';
import type { Replies } from '../connection/replies';
import type { RouteRequest } from '../routing/route-request';
import type { Router } from '../routing/router';
import { Turns } from './turns';

/**
 * A message that asks to be routed, and what it costs its sender.
 * @property frameBytes of the frame that it came in, which is in memory while it waits
 */
export type AdmissionRequest = RouteRequest & Charge & { payloadBytes: number; frameBytes: number };

export type AdmissionParts = {
  tick: Tick;
  link: Lanes;
  limiter: Pick<Limiter, 'charge'>;
  allowance: Allowance;
  bandwidth: Pick<BandwidthMeter, 'isUsedUp' | 'describe'>;
  queueMaxBytes: number;
  monotonicMs: () => number;
  replies: Pick<Replies, 'refuse'>;
  router: Pick<Router, 'route'>;
};

/** HOT PATH. Every limit that a message passes before it is routed: what costs nothing to know first, Redis last. */
export class Admission {
  private readonly charges: Batch<AdmissionRequest, Charged>;
  private readonly turns = new Turns<AdmissionRequest>();

  constructor(private readonly parts: AdmissionParts) {
    const { tick, link, limiter } = parts;
    this.charges = new Batch(link, tick, {
      bytesOf: ({ frameBytes }) => frameBytes,
      run: (lane, requests) => limiter.charge(lane, requests),
      settled: (request, verdict) => {
        this.settleCharge(request, verdict);
        this.goOn(request);
      },
      failed: (request) => {
        this.refuse(request, unavailable(request));
        this.goOn(request);
      },
    });
  }

  /** Routes the message when it has passed every limit and is paid for; else its sender is told why not. */
  admit(request: AdmissionRequest): void {
    const { allowance, router } = this.parts;
    const refused = this.refusalOf(request);
    if (refused) this.refuse(request, refused);
    else if (allowance.requestsPerMinute === 0 && allowance.pointsPerMinute === 0) router.route(request);
    else if (!this.turns.begin(request)) {
      if (!this.turns.wait(request)) this.refuse(request, unavailable(request));
    } else if (!this.charges.add(request)) {
      this.refuse(request, unavailable(request));
      this.goOn(request);
    }
  }

  /** The message has been charged or refused. What waited behind it may be known to be too much by now. */
  private goOn(settled: AdmissionRequest): void {
    const { sender } = settled;
    this.turns.end(settled);
    for (let next = this.turns.next(sender); next; next = this.turns.next(sender)) {
      const refused = this.refusalOf(next);
      if (!refused && this.charges.add(next)) continue;
      this.refuse(next, refused ?? unavailable(next));
      this.turns.end(next);
    }
  }

  /** What is known without Redis. */
  private refusalOf(request: AdmissionRequest): Refusal | undefined {
    const { sender, points, payloadBytes } = request;
    const { bandwidth, allowance, queueMaxBytes, monotonicMs } = this.parts;
    if (bandwidth.isUsedUp) {
      return refusal(
        'bandwidth',
        `The month's bandwidth is used up (${bandwidth.describe()}); it starts anew with the month.`,
        request,
      );
    }
    if (allowance.pointsPerMinute > 0 && points > allowance.pointsPerMinute) {
      return refusal(
        'tooLarge',
        `The message costs ${points} points; a device has ${allowance.pointsPerMinute} a minute, so it can never pass. Send it in parts.`,
        request,
      );
    }
    if (payloadBytes > queueMaxBytes) {
      return refusal(
        'tooLarge',
        `The message has ${payloadBytes} bytes; a queue holds ${queueMaxBytes}. Send it in parts.`,
        request,
      );
    }
    const waitMs = Math.ceil(sender.usedUpUntilMs - monotonicMs());
    return waitMs > 0 ? this.overLimit(request, 'requests', waitMs) : undefined;
  }

  private settleCharge(request: AdmissionRequest, verdict: Charged): void {
    if (verdict.status === 'passed') {
      this.parts.router.route(request);
      return;
    }
    const { limit, retryAfterMs } = verdict;
    if (limit === 'requests') usedUpOf(request.sender).usedUpUntilMs = this.parts.monotonicMs() + retryAfterMs;
    this.refuse(request, this.overLimit(request, limit, retryAfterMs));
  }

  private overLimit(request: AdmissionRequest, limit: 'requests' | 'points', retryAfterMs: number): Refusal {
    const { requestsPerMinute, pointsPerMinute } = this.parts.allowance;
    const allowed = limit === 'requests' ? requestsPerMinute : pointsPerMinute;
    const text = `A device has ${allowed} ${limit} a minute, and too few are left: try again in ${retryAfterMs} ms.`;
    return { ...refusal('usedUp', text, request), retryAfterMs };
  }

  private refuse({ sender }: AdmissionRequest, refused: Refusal): void {
    this.parts.replies.refuse(sender, refused);
  }
}
