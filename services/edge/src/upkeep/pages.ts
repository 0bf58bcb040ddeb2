import type { PageFile } from '@openrelay/page';
import type { Metrics } from '@openrelay/telemetry';
import type { BandwidthMeter } from '../connection/bandwidth-meter';
import type { Page, Pages } from '../sockets/transport';

export type PageParts = {
  metrics: Metrics;
  bandwidth: BandwidthMeter;
  /** Why no device should be sent here now, or undefined. */
  unready: () => string | undefined;
  /** Of the page that makes a browser a device. */
  files: readonly PageFile[];
};

function plain(status: Page['status'], body: string): Page {
  return { status, contentType: 'text/plain; charset=utf-8', body };
}

function pagesOf(files: readonly PageFile[]): Pages {
  const pages = files.map(({ path, contentType, body, headers }): [string, () => Page] => {
    const page = { status: 200, contentType, body, headers } as const;
    return [path, () => page];
  });
  const [first] = files;
  const toPage = { status: 308, contentType: 'text/plain', body: '', headers: { Location: '/app/' } } as const;
  return { ...Object.fromEntries(pages), ...(first && { '/app': () => toPage }) };
}

/** What every edge answers over HTTP. Liveness never depends on Redis; readiness does. */
export function createPages({ metrics, bandwidth, unready, files }: PageParts): Pages {
  return {
    ...pagesOf(files),
    '/health': () => plain(200, 'OK'),
    '/ready': () => {
      const reason = unready();
      return reason === undefined ? plain(200, 'OK') : plain(503, `Not ready: ${reason}\n`);
    },
    '/bandwidth-status': () => plain(200, `Bandwidth Usage: ${bandwidth.describe()}`),
    '/metrics': async () => ({ status: 200, contentType: metrics.contentType, body: await metrics.text() }),
  };
}
