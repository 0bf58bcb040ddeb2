import { isoTimes, type Overview, steps } from '@openrelay/overview';
import type { FastifyInstance, FastifySchema } from 'fastify';
import type { MetricsAnswer } from '../dashboard/stream/answers';
import type { Readings } from './readings';
import { refusals, schemas } from './schemas';
import { mostPoints, readTimeRange } from './time-range';

export type RouteParts = { overview: Pick<Overview, 'series'>; readings: Readings; nowMs: () => number };

/** Everything that can be asked for as JSON. Nothing here changes anything. */
export function answerQuestions(app: FastifyInstance, { overview, readings, nowMs }: RouteParts): void {
  app.addHook('onSend', async (_request, reply) => {
    reply.header('cache-control', 'no-store');
  });
  app.get('/api/cluster', describe('The cluster at a glance, as each event of /api/events has it', 'cluster'), () =>
    readings.cluster(),
  );
  app.get('/api/nodes', describe('Every node, with what it says of itself', 'nodes'), async () => {
    const { atMs, nodes } = await readings.latest();
    return { atMs, nodes };
  });
  app.get('/api/queues', describe('How much waits: counts, never contents', 'queues'), async () => {
    const { atMs, queues } = await readings.latest();
    return { atMs, queues };
  });
  app.get('/api/bandwidth', describe('Bytes of the month against its limit', 'bandwidth'), async () => {
    const { atMs, bandwidth } = await readings.latest();
    return { atMs, bandwidth };
  });
  app.get('/api/jobs', describe('What the janitor last did', 'jobs'), async () => {
    const { atMs, jobs } = await readings.latest();
    return { atMs, jobs };
  });
  app.get('/api/ledger', describe('Whether every accepted message is accounted for', 'ledger'), async () => {
    const { atMs, ledger } = await readings.latest();
    return { atMs, ledger };
  });
  answerSeries(app, overview, nowMs);
}

function answerSeries(app: FastifyInstance, overview: RouteParts['overview'], nowMs: () => number): void {
  const { schema } = describe('What was counted, by the minute (48 h), hour (90 days) or day (13 months)', 'metrics');
  const time = `Unix milliseconds, or ${isoTimes}`;
  const querystring = {
    type: 'object',
    properties: {
      from: {
        type: 'string',
        description: `${time}; an hour before \`to\` when absent. At most ${mostPoints} points.`,
      },
      to: { type: 'string', description: `${time}; now when absent` },
      step: { type: 'string', enum: steps, default: 'minute' },
    },
  };
  app.get(
    '/api/metrics',
    // Checked by readTimeRange, whose sentences say what is allowed.
    { schema: { ...schema, querystring }, validatorCompiler: () => () => true },
    async (request): Promise<MetricsAnswer> => {
      const { fromMs, toMs, step } = readTimeRange(request.query as Record<string, unknown>, nowMs());
      return { fromMs, toMs, step, points: await overview.series(fromMs, toMs, step) };
    },
  );
}

function describe(summary: string, answer: keyof typeof schemas): { schema: FastifySchema } {
  return { schema: { summary, response: { 200: schemas[answer], ...refusals } } };
}
