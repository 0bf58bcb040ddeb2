import type { FastifyInstance } from 'fastify';
import type { ConnectionShares } from '../access/connection-shares';
import type { EventFeed } from '../answers/event-feed';
import { refusals } from './openapi';

const schema = {
  summary: 'Server-sent events, one a second',
  description:
    'An event `cluster` each second, with what /api/cluster answers, or an event `away` with `{error}` when Redis cannot be ' +
    'read. A line `: heartbeat` stands for a second in which Redis took its time.',
  produces: ['text/event-stream'],
  response: { 200: { type: 'string' }, ...refusals },
};

export function answerEvents(app: FastifyInstance, feed: EventFeed, shares: ConnectionShares): void {
  // A HEAD would have a stream begin that nobody reads.
  app.get('/api/events', { schema, exposeHeadRoute: false }, (request, reply) => {
    const stream = feed.join();
    if (stream === undefined) {
      return reply
        .code(503)
        .send({ error: `There are ${feed.listening} listeners already: close a page and try again.` });
    }
    shares.keep(request.raw.socket);
    // Proxies such as nginx would collect events before they pass them on.
    return reply.type('text/event-stream').header('x-accel-buffering', 'no').send(stream);
  });
  app.addHook('preClose', async () => feed.end());
}
