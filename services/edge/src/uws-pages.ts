import type { Uws } from '@openrelay/uws';
import type { Page, Pages } from './transport';

const statusLines = { 200: '200 OK', 404: '404 Not Found', 503: '503 Service Unavailable' } as const;

const failed: Page = { status: 503, contentType: 'text/plain', body: 'This page failed; the log says why.\n' };
const nothing: Page = { status: 404, contentType: 'text/plain', body: 'Devices connect to /relay by WebSocket.\n' };

function respond(response: Uws.HttpResponse, page: Page): void {
  response.writeStatus(statusLines[page.status]);
  response.writeHeader('Content-Type', page.contentType).writeHeader('Cache-Control', 'no-store');
  response.end(page.body);
}

/** The library wants an answer or an abort handler before the handler returns, and no answer after an abort. */
async function answer(response: Uws.HttpResponse, page: () => Page | Promise<Page>): Promise<void> {
  let aborted = false;
  response.onAborted(() => {
    aborted = true;
  });
  const found = await page();
  if (!aborted) response.cork(() => respond(response, found));
}

export function addPages(app: Uws.TemplatedApp, pages: Pages, onError: (error: unknown) => void): void {
  for (const [path, page] of Object.entries(pages)) {
    app.get(path, (response) => {
      answer(response, async () => {
        try {
          return await page();
        } catch (error) {
          onError(error);
          return failed;
        }
      }).catch(onError);
    });
  }
  app.any('/*', (response) => respond(response, nothing));
}
