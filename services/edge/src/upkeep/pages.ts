import type { PageFile } from '@openrelay/page';
import type { Metrics } from '@openrelay/telemetry';
import type { BandwidthMeter } from '../connection/bandwidth-meter';
import type { Page, Pages } from '../sockets/transport';
import { devicePages } from './device-pages';
import { oneForAll } from './one-for-all';

/** Between two that are written out: each takes a millisecond or two of everybody's time, and anybody may ask. */
const metricsMs = 50;

export type PageParts = {
  metrics: Metrics;
  bandwidth: Pick<BandwidthMeter, 'describe'>;
  /** Why no device should be sent here now, or undefined. */
  unready: () => string | undefined;
  /** Of the page that makes a browser a device. */
  files: readonly PageFile[];
  monotonicMs: () => number;
};

function plain(status: Page['status'], body: string): Page {
  return { status, contentType: 'text/plain; charset=utf-8', body };
}

/** What every edge answers over HTTP. Liveness never depends on Redis; readiness does. */
export function createPages({ metrics, bandwidth, unready, files, monotonicMs }: PageParts): Pages {
  const written = oneForAll(async () => Buffer.from(await metrics.text()), metricsMs, monotonicMs);
  return {
    ...devicePages(files, monotonicMs),
    '/health': () => plain(200, 'OK'),
    '/ready': () => {
      const reason = unready();
      return reason === undefined ? plain(200, 'OK') : plain(503, `Not ready: ${reason}\n`);
    },
    '/bandwidth-status': () => plain(200, `Bandwidth Usage: ${bandwidth.describe()}`),
    '/metrics': async () => ({ status: 200, contentType: metrics.contentType, body: await written() }),
  };
}
