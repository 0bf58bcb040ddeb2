import bearerAuth from '@fastify/bearer-auth';
import type { FastifyInstance, FastifyRequest } from 'fastify';

declare module 'fastify' {
  // biome-ignore lint/style/useConsistentTypeDefinitions: only an interface adds to fastify's own
  interface FastifyContextConfig {
    /** May be seen without the token. */
    isPublic?: boolean;
  }
}

/** Refused for who asks or how, not for what; its message says what is wanted. */
export class NotAllowed extends Error {
  override readonly name = 'NotAllowed';

  constructor(
    readonly statusCode: 401 | 403,
    message: string,
  ) {
    super(message);
  }
}

/** With a token, it is wanted for every route that does not say `isPublic`; without one, only this machine is answered. */
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
    app.verifyBearerAuth!(request, reply, (error) => done(error && wantsToken(request)));
  });
}

function wantsToken({ headers }: FastifyRequest): NotAllowed {
  const given = headers.authorization === undefined ? 'is wanted' : 'is not this one';
  return new NotAllowed(401, `The token (OPS_TOKEN) ${given}: send it as "Authorization: Bearer TOKEN".`);
}

const loopback = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d{1,5})?$/i;

/** What proxies say of whom they ask for. */
const forwarding = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip', 'via'];

/**
 * A page elsewhere could have its own name resolve to this machine, and read everything through a browser here; a proxy here
 * asks by this machine's name for whoever asks the proxy.
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
