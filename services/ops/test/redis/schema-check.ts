import Fastify from 'fastify';

/** What is wrong with a value by a schema of /openapi.json, taken as strictly as it is written; nothing when it fits. */
export async function faultsBySchema(schema: object, value: unknown): Promise<unknown> {
  const app = Fastify({
    ajv: { customOptions: { removeAdditional: false, coerceTypes: false, useDefaults: false, allErrors: true } },
  });
  app.post('/', { schema: { body: schema } }, () => 'fits');
  const { body, statusCode } = await app.inject({
    method: 'POST',
    url: '/',
    payload: JSON.stringify(value),
    headers: { 'content-type': 'application/json' },
  });
  await app.close();
  return statusCode === 200 ? undefined : body;
}
