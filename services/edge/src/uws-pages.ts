import type { Uws } from '@openrelay/uws';
import type { Page, Pages } from './transport';

const statusLines = { 200: '200 OK', 404: '404 Not Found', 503: '503 Service Unavailable' } as const;

const failed: Page = { status: 503, contentType: 'text/plain', body: 'This page failed; the log says why.\n' };
const nothing: Page = { status: 404, contentType: 'text/plain', body: 'Devices connect to /relay by WebSocket.\n' };

/** To HEAD a body would be read as the beginning of the next answer on the connection. */
type Wanted = 'all' | 'head alone';

function wantedBy(request: Uws.HttpRequest): Wanted {
  return request.getMethod() === 'head' ? 'head alone' : 'all';
}

function respond(response: Uws.HttpResponse, page: Page, wanted: Wanted): void {
  response.writeStatus(statusLines[page.status]);
  response.writeHeader('Content-Type', page.contentType).writeHeader('Cache-Control', 'no-store');
  if (wanted === 'all') {
    response.end(page.body);
    return;
  }
  // With a length as its argument, `endWithoutBody` would wait for the body, and refuse the next request.
  response.writeHeader('Content-Length', `${Buffer.byteLength(page.body)}`).endWithoutBody();
}

/** The library wants an answer or an abort handler before the handler returns, and no answer after an abort. */
async function answer(response: Uws.HttpResponse, page: () => Page | Promise<Page>, wanted: Wanted): Promise<void> {
  let aborted = false;
  response.onAborted(() => {
    aborted = true;
  });
  const found = await page();
  if (!aborted) response.cork(() => respond(response, found, wanted));
}

export function addPages(app: Uws.TemplatedApp, pages: Pages, onError: (error: unknown) => void): void {
  for (const [path, page] of Object.entries(pages)) {
    const attempt = async (): Promise<Page> => {
      try {
        return await page();
      } catch (error) {
        onError(error);
        return failed;
      }
    };
    app.get(path, (response) => void answer(response, attempt, 'all').catch(onError));
    app.head(path, (response) => void answer(response, attempt, 'head alone').catch(onError));
  }
  app.any('/*', (response, request) => respond(response, nothing, wantedBy(request)));
}
