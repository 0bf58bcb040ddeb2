import type { Settings } from '@openrelay/config';
import { bytesPerPoint, encodeRegisterResponse, freeFieldBytes } from '@openrelay/protocol';
import type { Connection } from '../connection/connection';
import type { Outbox } from '../connection/outbox';
import type { RegisteredAnswer } from './register-request';

/** The limits that a device is told. */
export type ToldSettings = Pick<
  Settings,
  'requestsPerMinute' | 'pointsPerMinute' | 'maxFrameBytes' | 'queueMaxBytes' | 'maxTtlSeconds'
>;

/** Data that so many bytes of a frame or a queue surely have room for: the other fields, ids and times lie there too. */
function dataWithin(bytes: number): number {
  return Math.max(bytes - freeFieldBytes, Math.floor(bytes / 2));
}

/** What a device is told when it is registered; limits that are switched off are 0, and so is what is left of them. */
export function sendRegisterResponse(
  outbox: Outbox,
  settings: ToldSettings,
  connection: Connection,
  answer: RegisteredAnswer,
): void {
  const { requestsPerMinute, pointsPerMinute, maxFrameBytes, queueMaxBytes, maxTtlSeconds } = settings;
  const pointBytes = pointsPerMinute === 0 ? Number.POSITIVE_INFINITY : pointsPerMinute * bytesPerPoint;
  const limits = {
    requests_per_minute: requestsPerMinute,
    requests_left: Math.max(0, requestsPerMinute - answer.requestsUsed),
    points_per_minute: pointsPerMinute,
    points_left: Math.max(0, pointsPerMinute - answer.pointsUsed),
    max_message_bytes: Math.min(pointBytes, dataWithin(maxFrameBytes), dataWithin(queueMaxBytes)),
    max_ttl_seconds: maxTtlSeconds,
    queued: answer.depth,
  };
  outbox.add(connection, encodeRegisterResponse(connection.encoding, connection.hardwareId, limits, answer.isClaimed));
}
