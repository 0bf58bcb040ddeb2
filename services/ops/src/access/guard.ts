import bearerAuth from '@fastify/bearer-auth';
import type { FastifyInstance, FastifyRequest } from 'fastify';

declare module 'fastify' {
  // biome-ignore lint/style/useConsistentTypeDefinitions: only an interface adds to fastify's own
  interface FastifyContextConfig {
    /** Answered without the token. */
    isPublic?: boolean;
  }
}

/** A request that is refused because of who sends it, or how; the message says what is needed. */
export class NotAllowed extends Error {
  override readonly name = 'NotAllowed';

  constructor(
    readonly statusCode: 401 | 403,
    message: string,
  ) {
    super(message);
  }
}

/** With a token, every route needs it unless it says `isPublic`. Without one, only this machine is answered. */
export async function guard(app: FastifyInstance, token: string): Promise<void> {
  if (token === '') {
    app.addHook('onRequest', async (request) => refuseOtherHosts(request));
    return;
  }
  await app.register(bearerAuth, { keys: [token], addHook: false });
  app.addHook('onRequest', (request, reply, done) => {
    if (request.routeOptions.config?.isPublic === true) {
      done();
      return;
    }
    app.verifyBearerAuth!(request, reply, (error) => done(error && tokenNeeded(request)));
  });
}

function tokenNeeded({ headers }: FastifyRequest): NotAllowed {
  const given = headers.authorization === undefined ? 'is missing' : 'is another one';
  return new NotAllowed(401, `The token (OPS_TOKEN) ${given}: send it as "Authorization: Bearer TOKEN".`);
}

const loopback = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d{1,5})?$/i;

/** Headers by which a proxy names the client that it asks for. */
const forwarding = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip', 'via'];

/**
 * A foreign page could let its own name resolve to this machine, and read everything through a browser here. A proxy on this
 * machine asks by the machine's own name, whoever its client is.
 */
function refuseOtherHosts({ headers }: FastifyRequest): void {
  if (headers.host === undefined || !loopback.test(headers.host)) {
    throw new NotAllowed(
      403,
      'Without OPS_TOKEN ops answers only to localhost and 127.0.0.1: set OPS_TOKEN to reach it by another name.',
    );
  }
  if (!forwarding.some((name) => headers[name] !== undefined)) return;
  throw new NotAllowed(403, 'Without OPS_TOKEN ops answers no proxy, which may ask for anybody: set OPS_TOKEN.');
}
