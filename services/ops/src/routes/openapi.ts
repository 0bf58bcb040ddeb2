import type { FastifyDynamicSwaggerOptions } from '@fastify/swagger';
import { refusal } from '@openrelay/overview/shapes';
import type { TSchema } from '@sinclair/typebox';

/** Where the API is: in the folder of the document, since a proxy may serve ops below a path. The library takes none like it. */
export const servers = [{ url: '.' }] as const;

/** What the document says besides the routes. */
export function openApi(token: string): FastifyDynamicSwaggerOptions {
  const secured = {
    components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
    security: [{ token: [] }],
  };
  return {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'OpenRelay ops',
        description: 'How the cluster is. Read-only; knows no message and no device.',
        version: '1',
      },
      ...(token === '' ? {} : (secured as { security: { token: never[] }[] })),
    },
  };
}

/** What every route may answer instead. */
export const refusals: Readonly<Record<'4xx' | '5xx', TSchema>> = {
  '4xx': { ...refusal, description: 'Not allowed, or not to be answered as it was asked' },
  '5xx': { ...refusal, description: 'Redis is away (503), or something unexpected went wrong' },
};
