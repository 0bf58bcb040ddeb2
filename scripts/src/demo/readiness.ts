/** Whether an edge takes devices, asked as a device sees it: with the certificates that it trusts. */
export type KnownEdge = {
  readonly url: string;
  readonly http: string;
};

const boundMs = 2_000;

/** What is wrong with the edge, as the end of a sentence about its cluster; undefined when it is ready. */
export async function complaintOf({ http }: KnownEdge): Promise<string | undefined> {
  const { href } = new URL('/ready', http);
  try {
    const response = await fetch(href, { signal: AbortSignal.timeout(boundMs) });
    const text = (await response.text()).trim();
    return response.ok ? undefined : `is not ready: ${href} says "${text}".`;
  } catch (error) {
    return `cannot be asked: ${reasonOf(error as Error)}.`;
  }
}

function reasonOf(error: Error): string {
  if (error.name === 'TimeoutError') return `no answer within ${boundMs / 1000} s`;
  const { code = '', message = error.message } = (error.cause ?? {}) as { code?: string; message?: string };
  return `${message || code}${adviceFor(code)}`;
}

function adviceFor(code: string): string {
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return '; say its name with --url wss://NAME:PORT/relay';
  return /SELF_SIGNED|UNABLE_TO/.test(code) ? '; set NODE_EXTRA_CA_CERTS=/path/to/ca.pem' : '';
}
