import { afterAll, afterEach, beforeAll, expect } from '@jest/globals';
import { type Cluster, quickDrain, type RunningOps, startCluster, startOps, unlimited } from '@openrelay/launch';
import { eventually } from '@openrelay/testing';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { type Chatter, startChatter } from '../chatter';

/** What takes longer hangs; a machine that is merely slow must not look broken. */
export const patience = { timeoutMs: 60_000, intervalMs: 200 };
export const wide = { width: 1440, height: 900 };
export const settings = { ...unlimited, ...quickDrain };

/** Chromium gives up all that it is loading when any network interface of the machine comes or goes. */
const networkChanged = 'ERR_NETWORK_CHANGED';

/** A cluster of two edges under traffic, ops, and a browser that looks at its page. */
export class PageRig {
  cluster!: Cluster;
  ops!: RunningOps;
  browser!: Browser;
  /** What the page complained of, and who it asked. */
  complaints: string[] = [];
  asked = new Set<string>();
  private chatter: Chatter | undefined;
  private shown: Page | undefined;

  async start(): Promise<void> {
    this.cluster = await startCluster({ edges: 2, env: settings });
    this.ops = await startOps({ redisUrl: this.cluster.redis.url });
    this.chatter = await startChatter(this.cluster.edges, 6);
    this.browser = await chromium.launch({
      executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
      args: ['--no-sandbox'],
    });
  }

  async stop(): Promise<void> {
    this.chatter?.stop();
    await this.browser?.close();
    await this.ops?.stop();
    await this.cluster?.stop();
  }

  /** The one that is looked at. */
  get page(): Page {
    if (this.shown === undefined) throw new Error('No page is open.');
    return this.shown;
  }

  set page(page: Page) {
    this.shown = page;
  }

  /** `watch` runs before the page does. */
  async open(options: BrowserContextOptions & { watch?: string } = {}, url = this.ops.url): Promise<void> {
    const { watch, ...own } = options;
    const context = await this.browser.newContext({ viewport: wide, colorScheme: 'dark', ...own });
    if (watch !== undefined) await context.addInitScript(watch);
    const page = await context.newPage();
    this.page = page;
    this.complaints = [];
    this.asked = new Set();
    page.on('console', (message) => {
      if (message.type() === 'error' && !message.text().includes(networkChanged)) this.complaints.push(message.text());
    });
    page.on('pageerror', (error) => this.complaints.push(error.message));
    page.on('request', (request) => this.asked.add(new URL(request.url()).origin));
    await page.goto(url);
    await this.isLoaded();
  }

  async close(): Promise<void> {
    await this.shown?.context().close();
    this.shown = undefined;
  }

  async isLoaded(): Promise<void> {
    await eventually(async () => {
      const loaded = await this.page.waitForSelector('html[data-theme]', { timeout: 5000 }).catch(() => undefined);
      if (loaded) return;
      await this.page.reload();
      throw new Error('The page does not load.');
    }, patience);
  }

  async isLive(): Promise<void> {
    await eventually(async () => {
      expect(await this.page.getAttribute('body', 'data-state')).toBe('fresh');
      expect(await this.numberIn('#accepted')).toBeGreaterThan(0);
    }, patience);
  }

  async textOf(selector: string): Promise<string> {
    return ((await this.page.locator(selector).textContent()) ?? '').replace(/\s+/g, ' ').trim();
  }

  async numberIn(selector: string): Promise<number> {
    return Number((await this.textOf(selector)).replaceAll(',', '').match(/[\d.]+/)?.[0]);
  }
}

/** A rig for the tests of a file, started before them and stopped after; each test opens a page of its own. */
export function usePageRig(): PageRig {
  const rig = new PageRig();
  beforeAll(() => rig.start(), 120_000);
  afterEach(() => rig.close());
  afterAll(() => rig.stop(), 60_000);
  return rig;
}
