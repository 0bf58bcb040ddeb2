import { afterAll, afterEach, beforeAll, expect } from '@jest/globals';
import { type Cluster, quickDrain, startCluster, unlimited } from '@openrelay/launch';
import { type Browser, type BrowserContext, chromium, type Locator, type Page } from 'playwright-core';

/** Chromium gives up all that it is loading when any network interface of the machine comes or goes. */
const networkChanged = 'ERR_NETWORK_CHANGED';
/** What Chromium writes of a relay that is away. */
const away = /ERR_(CONNECTION|INTERNET|NETWORK|SOCKET)|WebSocket connection/;

/** A person's browser. */
export type Person = { readonly context: BrowserContext; readonly page: Page };

/** Runs before the page does: what its policy forbids is complained of by name. */
const tellViolations = `addEventListener('securitypolicyviolation', (event) =>
  console.error('policy: ' + event.effectiveDirective + ' ' + event.blockedURI));`;

export class PageRig {
  cluster!: Cluster;
  browser!: Browser;
  /** What browsers complained of, and whom they asked that is no edge. */
  readonly complaints: string[] = [];
  private readonly contexts: BrowserContext[] = [];

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

  /** No test may leave a complaint behind. */
  expectNoComplaints(): void {
    expect(this.complaints.splice(0)).toEqual([]);
  }

  async closeAll(): Promise<void> {
    await Promise.all(this.contexts.splice(0).map((context) => context.close()));
  }

  pageUrl(edge: number): string {
    return `${this.cluster.edge(edge).httpUrl}/app/`;
  }

  /** @param before runs in the page before its own script */
  async person(edge: number, before = ''): Promise<Person> {
    const context = await this.browser.newContext({ viewport: { width: 1440, height: 900 }, colorScheme: 'dark' });
    this.contexts.push(context);
    await context.addInitScript(`${tellViolations}\n${before}`);
    context.on('page', (page) => this.listen(page));
    return { context, page: await this.open(context, edge) };
  }

  async people<Edges extends readonly number[]>(...edges: Edges): Promise<{ [Each in keyof Edges]: Person }> {
    return (await Promise.all(edges.map((edge) => this.person(edge)))) as { [Each in keyof Edges]: Person };
  }

  async open(context: BrowserContext, edge: number): Promise<Page> {
    const page = await context.newPage();
    page.setDefaultTimeout(30_000);
    await page.goto(this.pageUrl(edge));
    return page;
  }

  private listen(page: Page): void {
    const hosts = this.cluster.edges.map(({ httpUrl }) => new URL(httpUrl).host);
    page.on('console', (message) => {
      const text = message.text();
      if (message.type() === 'error' && !text.includes(networkChanged) && !away.test(text)) this.complaints.push(text);
    });
    page.on('pageerror', (error) => this.complaints.push(error.message));
    const asked = (url: string): void => {
      const { host, protocol } = new URL(url);
      if (protocol !== 'blob:' && !hosts.includes(host)) this.complaints.push(`asked ${url}`);
    };
    page.on('request', (request) => asked(request.url()));
    page.on('websocket', (socket) => asked(socket.url()));
  }
}

/** Each test opens its own browsers. */
export function usePageRig(): PageRig {
  const rig = new PageRig();
  beforeAll(() => rig.start(), 120_000);
  afterEach(async () => {
    await rig.closeAll();
    rig.expectNoComplaints();
  });
  afterAll(() => rig.stop(), 60_000);
  return rig;
}

/** All tests of a file have the same two browsers, on two edges, which are paired by a code. */
export function usePair(): { readonly rig: PageRig; one: Person; other: Person } {
  const pairOf = { rig: new PageRig() } as { rig: PageRig; one: Person; other: Person };
  const { rig } = pairOf;
  beforeAll(async () => {
    await rig.start();
    [pairOf.one, pairOf.other] = await Promise.all([rig.person(0), rig.person(1)]);
    await pair(pairOf.one.page, pairOf.other.page);
  }, 120_000);
  afterEach(() => rig.expectNoComplaints());
  afterAll(() => rig.stop(), 60_000);
  return pairOf;
}

export async function connected(...pages: readonly Page[]): Promise<void> {
  await Promise.all(pages.map((page) => page.waitForSelector('#link[data-tone="well"]')));
}

/** Opens the dialog of pairing. */
export async function pairBy(page: Page, way: 'show' | 'enter' | 'id' | 'app'): Promise<void> {
  await page.click('#pair');
  await page.click(`label:has(#way-${way})`);
}

export async function paired(...pages: readonly Page[]): Promise<void> {
  await Promise.all(pages.map((page) => page.waitForSelector('#pairing', { state: 'hidden' })));
  await Promise.all(pages.map((page) => page.waitForSelector('#talk-with')));
}

/** The one shows a code, the other types it. */
export async function pair(one: Page, other: Page): Promise<void> {
  await connected(one, other);
  await one.click('#pair');
  const code = await one.locator('#own-code:not(:empty)').textContent();
  await pairBy(other, 'enter');
  await other.fill('#code', code ?? '');
  await other.press('#code', 'Enter');
  await paired(one, other);
}

export async function say(page: Page, text: string): Promise<void> {
  await page.fill('#text', text);
  await page.press('#text', 'Enter');
}

/** To somebody whom this device was introduced to: nothing goes out before both have a key of their own. */
export async function sayWhenReady(page: Page, text: string): Promise<void> {
  const sent = page.locator('.entry.out', { hasText: text });
  for (let tries = 1; tries <= 20 && (await sent.count()) === 0; tries += 1) {
    await say(page, text);
    await sent.waitFor({ timeout: 2_000 }).catch(() => undefined);
  }
}

/** The next entry of the other's that has this in it. */
export function came(page: Page, text: string): Locator {
  return page.locator('.entry.in', { hasText: text });
}
