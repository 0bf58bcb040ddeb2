import type { FastifyDynamicSwaggerOptions } from '@fastify/swagger';

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
