import type { AddressInfo } from 'node:net';
import type { Settings } from '@openrelay/config';
import { Overview } from '@openrelay/overview';
import { openFilesLimit, watchRedis } from '@openrelay/service';
import { RedisLink, type RedisUnavailable } from '@openrelay/state';
import type { Log } from '@openrelay/telemetry';
import type { FastifyInstance } from 'fastify';
import { createApp } from './app';

/** To somebody who looks at a page, a Redis that takes longer to answer is unavailable. */
const commandTimeoutMs = 2000;
/** How long answers that have begun may take when ops stops. */
const closeBoundMs = 3000;
const mostSockets = 1000;
/** Open files that are kept from connections: for Redis, above all. */
const otherFiles = 64;
const loopback = '127.0.0.1';

export type OpsOptions = { settings: Settings; log: Log };

/** The operator's view of the cluster, over HTTP. Reads Redis; writes nothing. */
export class Ops {
  private readonly link: RedisLink;
  private app: FastifyInstance | undefined;

  constructor(private readonly options: OpsOptions) {
    const { settings } = options;
    this.link = new RedisLink({ url: settings.redisUrl, commandTimeoutMs, monotonicMs: () => performance.now() });
  }

  /** Serves whether Redis is there or not. @throws Error in one sentence when the port cannot be had */
  async start(): Promise<void> {
    const { settings, log } = this.options;
    log.info('ops.starting', { version: process.version });
    void this.watch(); // never rejects
    const { monthlyLimitBytes: limitBytes, warningThresholdBytes: thresholdBytes, opsToken: token } = settings;
    this.app = await createApp({
      overview: new Overview(this.link, { limitBytes, thresholdBytes }),
      token,
      nowMs: () => this.link.clock.now(),
      monotonicMs: () => performance.now(),
      mostSockets: Math.max(1, Math.min(mostSockets, (openFilesLimit() ?? Number.POSITIVE_INFINITY) - otherFiles)),
      onUnexpected: (error) => log.error('process.unexpected', { error: String(error) }),
    });
    await this.listen(token === '' ? loopback : settings.bindAddress, settings.opsPort);
  }

  /** Never rejects. That Redis is back is logged only when it was away: not for the first connection. */
  private async watch(): Promise<void> {
    const { link, options } = this;
    const { log } = options;
    await link
      .connect(commandTimeoutMs)
      .catch(({ message }: RedisUnavailable) => log.warn('redis.away', { reason: message }));
    watchRedis(link, log);
  }

  private async listen(host: string, port: number): Promise<void> {
    const { settings, log } = this.options;
    try {
      await this.app!.listen({ host, port });
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      throw new Error(`OPS_PORT ${port} on ${host} cannot be opened (${code}): use another, or stop what has it.`);
    }
    const { port: opened, address } = this.app!.server.address() as AddressInfo;
    const access = settings.opsToken === '' ? 'this machine only' : 'with OPS_TOKEN';
    log.info('ops.listening', { port: opened, address, access });
  }

  async stop(): Promise<void> {
    const { app } = this;
    const timer = setTimeout(() => app?.server.closeAllConnections(), closeBoundMs);
    await app?.close();
    clearTimeout(timer);
    this.link.close();
    this.options.log.info('ops.stopped');
  }
}
