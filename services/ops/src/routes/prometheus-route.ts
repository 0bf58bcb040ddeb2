import type { Snapshot } from '@openrelay/overview';
import { RedisUnavailable } from '@openrelay/state';
import { countedIn, exposition, expositionType } from '@openrelay/telemetry';
import type { FastifyInstance } from 'fastify';
import { gaugesOf } from '../answers/gauges';
import type { Readings } from '../answers/readings';
import { refusals } from './openapi';

const schema = {
  summary: 'The metrics of the whole cluster, for Prometheus',
  description: 'While Redis is away there is only openrelay_redis_available, which is 0 then.',
  produces: [expositionType],
  response: { 200: { type: 'string' }, ...refusals },
};

export function answerPrometheus(app: FastifyInstance, readings: Readings): void {
  app.get('/metrics', { schema }, async (_request, reply) => {
    reply.type(expositionType);
    const snapshot = await readOrUnavailable(readings);
    return snapshot === 'unavailable'
      ? exposition({ redis_available: 0 })
      : exposition(gaugesOf(snapshot), countedIn(snapshot.totals));
  });
}

async function readOrUnavailable(readings: Readings): Promise<Snapshot | 'unavailable'> {
  try {
    return await readings.latest();
  } catch (error) {
    if (error instanceof RedisUnavailable) return 'unavailable';
    throw error;
  }
}
