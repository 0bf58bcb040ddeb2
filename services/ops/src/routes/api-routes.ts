import { type Overview, readTimeRange, type SeriesView, timeForms } from '@openrelay/overview';
import { cluster, series } from '@openrelay/overview/shapes';
import { mostPeriods } from '@openrelay/state';
import { type Static, type TSchema, Type } from '@sinclair/typebox';
import type { FastifyInstance, FastifySchema } from 'fastify';
import type { Readings } from '../answers/readings';
import { refusals } from './openapi';

export type ApiParts = { overview: Pick<Overview, 'series'>; readings: Readings; nowMs: () => number };

/** Parts of the cluster that can be had alone, at /api/NAME: the schema leaves the others out. */
const parts = {
  nodes: 'Every node, with what it says of itself',
  queues: 'How much waits: counts, never contents',
  bandwidth: 'Bytes of the month against its limit',
  jobs: 'What the janitor last did',
  ledger: 'Whether every accepted message is accounted for',
} as const;

/** Everything that can be asked for as JSON. Nothing here changes anything. */
export function answerApi(app: FastifyInstance, { overview, readings, nowMs }: ApiParts): void {
  app.addHook('onSend', async (_request, reply) => {
    reply.header('cache-control', 'no-store');
  });
  answer(app, '/api/cluster', 'The cluster at a glance, as each event of /api/events has it', cluster, () =>
    readings.cluster(),
  );
  for (const name of Object.keys(parts) as (keyof typeof parts)[]) {
    answer(app, `/api/${name}`, parts[name], Type.Pick(cluster, ['atMs', name]), () => readings.latest());
  }
  answerSeries(app, overview, nowMs);
}

function answer<Schema extends TSchema>(
  app: FastifyInstance,
  path: string,
  summary: string,
  schema: Schema,
  read: () => Promise<Static<Schema>>,
): void {
  app.get(path, { schema: describe(summary, schema) }, read);
}

function answerSeries(app: FastifyInstance, overview: ApiParts['overview'], nowMs: () => number): void {
  const described = describe('What was counted, by the minute (48 h), hour (90 days) or day (13 months)', series);
  const querystring = Type.Object({
    from: Type.Optional(
      Type.String({ description: `${timeForms}; an hour before \`to\` when absent. At most ${mostPeriods} points.` }),
    ),
    to: Type.Optional(Type.String({ description: `${timeForms}; now when absent` })),
    step: Type.Optional(Type.Unsafe({ ...series.properties.step, default: 'minute' })),
  });
  app.get(
    '/api/metrics',
    // Checked by readTimeRange, whose sentences say what is allowed.
    { schema: { ...described, querystring }, validatorCompiler: () => () => true },
    async (request): Promise<SeriesView> => {
      const range = readTimeRange(request.query as Record<string, unknown>, nowMs());
      return { ...range, points: await overview.series(range.fromMs, range.toMs, range.step) };
    },
  );
}

function describe(summary: string, schema: TSchema): FastifySchema {
  return { summary, response: { 200: schema, ...refusals } };
}
