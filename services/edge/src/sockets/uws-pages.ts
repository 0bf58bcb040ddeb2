import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Uws } from '@openrelay/uws';
import type { Headers, Page, Pages } from './transport';
import { hasOneLength, judgeUpgrade } from './upgrade-request';

const statusLines = {
  200: '200 OK',
  304: '304 Not Modified',
  308: '308 Permanent Redirect',
  400: '400 Bad Request',
  403: '403 Forbidden',
  404: '404 Not Found',
  426: '426 Upgrade Required',
  503: '503 Service Unavailable',
} as const satisfies Record<Page['status'], string>;

/** Characters; a socket takes so much at once. */
const longAnswer = 16_384;

const failed: Page = { status: 503, contentType: 'text/plain', body: 'This page failed; the log says why.\n' };
const nothing: Page = { status: 404, contentType: 'text/plain', body: 'Devices connect to /relay by WebSocket.\n' };
const twoLengths: Page = { status: 400, contentType: 'text/plain', body: 'Send one Content-Length, or none.\n' };

/** After a HEAD a client would read a body as the beginning of the next answer. */
type Wanted = 'all' | 'head alone';

/** The library itself finds only the first of several lines of a header. */
export function headersOf(request: Uws.HttpRequest): Headers {
  const headers = new Map<string, string>();
  request.forEach((name, value) => {
    const before = headers.get(name);
    headers.set(name, before === undefined ? value : `${before}, ${value}`);
  });
  return headers;
}

/**
 * Before anything that answers a request: without an answer or an abort handler when its handler returns, the library ends the
 * process.
 */
export function outlive(response: Uws.HttpResponse): void {
  response.onAborted(() => undefined);
}

/**
 * Asks for the page at once. Answers in a later turn, and resolves then; there may be no answer after an abort. While an answer is due the library closes a
 * connection at its next request. Otherwise it would go through all that a client wrote ahead, thousands of requests, in one turn,
 * keep the answers for whoever does not read, and forget to close where an answer was the last.
 */
export async function respond(
  response: Uws.HttpResponse,
  page: () => Page | Promise<Page>,
  wanted: Wanted = 'all',
): Promise<void> {
  let aborted = false;
  response.onAborted(() => {
    aborted = true;
  });
  const [found] = await Promise.all([page(), nextTurn()]);
  if (!aborted) response.cork(() => write(response, found, wanted));
}

function bytesOf(body: Page['body']): Uint8Array {
  return typeof body === 'string' ? Buffer.from(body) : body;
}

/** As fast as it is read: the library would keep a copy of the rest for each client that reads nothing. */
function writeInParts(response: Uws.HttpResponse, body: Uint8Array): void {
  const writeFrom = (offset: number): boolean => {
    const [isTaken] = response.tryEnd(body.subarray(offset), body.length);
    return isTaken;
  };
  response.onWritable(writeFrom);
  writeFrom(0);
}

function write(response: Uws.HttpResponse, page: Page, wanted: Wanted): void {
  response.writeStatus(statusLines[page.status]);
  if (page.status !== 304) response.writeHeader('Content-Type', page.contentType);
  const headers = { 'Cache-Control': 'no-store', ...page.headers };
  for (const [name, value] of Object.entries(headers)) response.writeHeader(name, value);
  // After a request that was not understood nothing on its connection can be.
  const isLast = page.status === 400 || page.connection === 'closed';
  // `endWithoutBody` with an argument waits for the body: no answer, for the library. On a last answer the length matters to nobody.
  if (page.status === 304) response.endWithoutBody();
  else if (wanted === 'all' && page.body.length > longAnswer) writeInParts(response, bytesOf(page.body));
  else if (wanted === 'all' || isLast) response.end(wanted === 'all' ? page.body : '', isLast);
  else response.writeHeader('Content-Length', `${Buffer.byteLength(page.body)}`).endWithoutBody();
}

/** Requests for no page. An upgrade whose key the library does not accept comes here, too. */
function elsewhere(request: Uws.HttpRequest): Page {
  const headers = headersOf(request);
  if (!hasOneLength(headers)) return twoLengths;
  if (request.getUrl() !== '/relay' || request.getMethod() !== 'get' || !headers.has('upgrade')) return nothing;
  const judged = judgeUpgrade(headers, { listed: [], own: 'no' });
  return judged.status === 'wrong' ? judged.page : nothing;
}

export function addPages(app: Uws.TemplatedApp, pages: Pages, onError: (error: unknown) => void): void {
  for (const [path, page] of Object.entries(pages)) {
    const attempt = async (headers: Headers): Promise<Page> => {
      try {
        return await page(headers);
      } catch (error) {
        onError(error);
        return failed;
      }
    };
    const handle = (wanted: Wanted) => (response: Uws.HttpResponse, request: Uws.HttpRequest) => {
      const headers = headersOf(request);
      const found = hasOneLength(headers) ? () => attempt(headers) : () => twoLengths;
      void respond(response, found, wanted).catch(onError);
    };
    app.get(path, handle('all'));
    app.head(path, handle('head alone'));
  }
  app.any('/*', (response, request) => {
    const wanted = request.getMethod() === 'head' ? 'head alone' : 'all';
    void respond(response, () => elsewhere(request), wanted).catch(onError);
  });
}
