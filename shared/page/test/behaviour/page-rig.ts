import { afterAll, beforeAll } from '@jest/globals';
import { type Cluster, quickDrain, startCluster, unlimited } from '@openrelay/launch';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';

/** Chromium gives up all that it is loading when any network interface of the machine comes or goes. */
const networkChanged = 'ERR_NETWORK_CHANGED';

/** A person's browser, and what it complained of. */
export type Person = { readonly context: BrowserContext; readonly page: Page; readonly complaints: string[] };

export class PageRig {
  cluster!: Cluster;
  browser!: Browser;

  async start(): Promise<void> {
    this.cluster = await startCluster({ edges: 2, env: { ...unlimited, ...quickDrain } });
    this.browser = await chromium.launch({
      executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
      args: ['--no-sandbox'],
    });
  }

  async stop(): Promise<void> {
    await this.browser?.close();
    await this.cluster?.stop();
  }

  pageUrl(edge: number): string {
    return `${this.cluster.edge(edge).httpUrl}/app/`;
  }

  async person(edge: number): Promise<Person> {
    const context = await this.browser.newContext({ viewport: { width: 1440, height: 900 }, colorScheme: 'dark' });
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => {
      if (message.type() === 'error' && !message.text().includes(networkChanged)) complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    page.setDefaultTimeout(60_000);
    await page.goto(this.pageUrl(edge));
    return { context, page, complaints };
  }
}

export function usePageRig(): PageRig {
  const rig = new PageRig();
  beforeAll(() => rig.start(), 120_000);
  afterAll(() => rig.stop(), 60_000);
  return rig;
}

/** One shows a code, the other types it. */
export async function pair(one: Page, other: Page): Promise<void> {
  await one.waitForSelector('#link[data-tone="well"]');
  await other.waitForSelector('#link[data-tone="well"]');
  await one.click('#pair');
  const code = await one.locator('#own-code:not(:empty)').textContent();
  await other.click('#pair');
  await other.click('text=Enter a code');
  await other.fill('#code', code ?? '');
  await other.press('#code', 'Enter');
  await Promise.all([one, other].map((page) => page.waitForSelector('#pairing', { state: 'hidden' })));
  await Promise.all([one, other].map((page) => page.waitForSelector('#talk-with')));
}
