import { BadTimeRange, NeverServed } from '@openrelay/overview';
import { RedisUnavailable } from '@openrelay/state';
import type { FastifyError, FastifyInstance } from 'fastify';
import { NotAllowed } from './guard';

export type Refusal = { status: number; error: string };

const unexpected: Refusal = { status: 500, error: 'Something unexpected went wrong; the log of ops says more.' };

/** The status and sentence that an error is answered with. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof RedisUnavailable)
    return { status: 503, error: `Redis is away (${error.message}): nothing can be read.` };
  if (error instanceof NeverServed)
    return { status: 503, error: `${error.message} Start an edge on it: ./scripts/up.` };
  if (error instanceof BadTimeRange) return { status: 400, error: error.message };
  if (error instanceof NotAllowed) return { status: error.statusCode, error: error.message };
  const { statusCode, message } = error as Partial<FastifyError>;
  if (statusCode === undefined || statusCode >= 500) return unexpected;
  return { status: statusCode, error: `${message}.` };
}

/** Every refusal is `{error: sentence}`. */
export function answerErrors(app: FastifyInstance, onUnexpected: (error: unknown) => void): void {
  app.setErrorHandler((error, _request, reply) => {
    const refusal = refusalOf(error);
    if (refusal === unexpected) onUnexpected(error);
    if (refusal.status === 401) reply.header('www-authenticate', 'Bearer');
    return reply.code(refusal.status).send({ error: refusal.error });
  });
  app.setNotFoundHandler((request, reply) =>
    reply
      .code(404)
      .send({ error: `There is no ${request.method} ${pathOf(request.url)}; /openapi.json lists what there is.` }),
  );
}

const longestPath = 80;

function pathOf(url: string): string {
  return url.split('?', 1)[0]!.slice(0, longestPath);
}
