import type { Snapshot } from '@openrelay/overview';
import { RedisUnavailable } from '@openrelay/state';
import { exposition, metricsTable } from '@openrelay/telemetry';
import type { FastifyInstance } from 'fastify';
import { gaugesOf } from './gauges';
import type { Readings } from './readings';
import { refusals } from './schemas';

/** https://prometheus.io/docs/instrumenting/exposition_formats/ */
const contentType = 'text/plain; version=0.0.4; charset=utf-8';

const schema = {
  summary: 'The metrics of the whole cluster, for Prometheus',
  description: 'While Redis is away there is but openrelay_redis_available, which is 0 then.',
  produces: [contentType],
  response: { 200: { type: 'string' }, ...refusals },
};

export function answerPrometheus(app: FastifyInstance, readings: Readings): void {
  app.get('/metrics', { schema }, async (_request, reply) => {
    reply.type(contentType);
    const snapshot = await readOrAway(readings);
    return snapshot === 'away' ? awayText : exposition(snapshot.totals, gaugesOf(snapshot));
  });
}

/** Counters of 0 in place of those that cannot be read would be taken for a restart. */
const awayText = [
  `# HELP openrelay_redis_available ${metricsTable.redis_available.help}`,
  '# TYPE openrelay_redis_available gauge',
  'openrelay_redis_available 0\n',
].join('\n');

async function readOrAway(readings: Readings): Promise<Snapshot | 'away'> {
  try {
    return await readings.latest();
  } catch (error) {
    if (error instanceof RedisUnavailable) return 'away';
    throw error;
  }
}
