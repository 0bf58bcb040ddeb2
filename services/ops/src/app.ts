import helmet from '@fastify/helmet';
import swagger from '@fastify/swagger';
import type { Overview } from '@openrelay/overview';
import Fastify, { type FastifyInstance } from 'fastify';
import { ConnectionShares, limitsFor } from './access/connection-shares';
import { answerErrors, refusalOf } from './access/errors';
import { guard } from './access/guard';
import { createOpsServer } from './access/ops-server';
import { EventFeed } from './answers/event-feed';
import { Readings } from './answers/readings';
import { answerApi } from './routes/api-routes';
import { answerEvents } from './routes/events-route';
import { openApi, servers } from './routes/openapi';
import { contentSecurityPolicy, servePage } from './routes/page-routes';
import { answerPrometheus } from './routes/prometheus-route';

export type AppParts = {
  overview: Pick<Overview, 'snapshot' | 'series'>;
  /** Empty: there is none, and only this machine is answered. */
  token: string;
  nowMs: () => number;
  monotonicMs: () => number;
  /** Sockets that clients may have open, whatever they do. */
  mostSockets: number;
  onUnexpected: (error: unknown) => void;
};

/** No request here has a body. */
const bodyLimitBytes = 1024;

/** Everything that ops answers over HTTP, without a port yet. */
export async function createApp({
  overview,
  token,
  nowMs,
  monotonicMs,
  mostSockets,
  onUnexpected,
}: AppParts): Promise<FastifyInstance> {
  const limits = limitsFor(mostSockets);
  const shares = new ConnectionShares(limits);
  const app = Fastify({
    bodyLimit: bodyLimitBytes,
    serverFactory: (handle) => createOpsServer(handle, shares),
  });
  const readings = new Readings(overview, monotonicMs);
  const explain = (error: unknown) => {
    const { status, error: sentence } = refusalOf(error);
    if (status === 500) onUnexpected(error);
    return sentence;
  };
  const feed = new EventFeed({ mostListeners: limits.mostKept, read: () => readings.next(), explain });

  answerErrors(app, onUnexpected);
  // Whether the connection is encrypted is for the proxy in front to say.
  await app.register(helmet, { contentSecurityPolicy, strictTransportSecurity: false });
  await guard(app, token);
  await app.register(swagger, openApi(token));
  await app.register(servePage);
  app.get('/health', { config: { isPublic: true }, schema: { hide: true } }, (_request, reply) =>
    reply.type('text/plain').send('OK'),
  );
  await app.register(async (api) => {
    answerApi(api, { overview, readings, nowMs });
    answerPrometheus(api, readings);
    answerEvents(api, feed, shares);
    api.get('/openapi.json', { schema: { hide: true } }, () => ({ ...app.swagger(), servers }));
  });
  return app;
}
