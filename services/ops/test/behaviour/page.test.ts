import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import {
  quickDrain,
  type RunningEdge,
  type RunningOps,
  type RunningRedis,
  startEdge,
  startOps,
  startRedis,
  unlimited,
} from '@openrelay/launch';
import { eventually } from '@openrelay/testing';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { type Chatter, startChatter } from '../chatter';

/** What takes longer hangs; a machine that is merely slow must not look broken. */
const patience = { timeoutMs: 60_000, intervalMs: 200 };
const wide = { width: 1440, height: 900 };
const narrow = { width: 390, height: 844 };
const settings = { ...unlimited, ...quickDrain };

let redis: RunningRedis;
const edges: RunningEdge[] = [];
let ops: RunningOps;
let chatter: Chatter;
let browser: Browser;
let page: Page | undefined;
/** What the page complained of, and who it asked. */
let complaints: string[] = [];
let asked = new Set<string>();

beforeAll(async () => {
  redis = await startRedis();
  for (let i = 0; i < 2; i += 1) edges.push(await startEdge({ redisUrl: redis.url, env: settings }));
  ops = await startOps({ redisUrl: redis.url });
  chatter = await startChatter(edges, 6);
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
    args: ['--no-sandbox'],
  });
}, 120_000);

afterEach(async () => {
  await page?.context().close();
  page = undefined;
});

afterAll(async () => {
  chatter?.stop();
  await browser?.close();
  await ops?.stop();
  await Promise.all(edges.map((edge) => edge.stop()));
  await redis?.stop();
}, 60_000);

async function open(options: BrowserContextOptions & { watch?: string } = {}, url = ops.url): Promise<void> {
  const { watch, ...own } = options;
  const context = await browser.newContext({ viewport: wide, colorScheme: 'dark', ...own });
  if (watch !== undefined) await context.addInitScript(watch);
  page = await context.newPage();
  complaints = [];
  asked = new Set();
  page.on('console', (message) => {
    if (message.type() === 'error' && !message.text().includes(networkChanged)) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('request', (request) => asked.add(new URL(request.url()).origin));
  await page.goto(url);
  await eventually(isLoaded, patience);
}

/** Runs before the page does: `shifted()` tells how far things have jumped since. */
const layoutShifts = `{
  let sum = 0;
  const add = (entries) => entries.forEach(({ value }) => (sum += value));
  const observer = new PerformanceObserver((list) => add(list.getEntries()));
  observer.observe({ type: 'layout-shift', buffered: true });
  window.shifted = () => (add(observer.takeRecords()), sum);
}`;

/** Chromium gives up all that it is loading when any network interface of the machine comes or goes. */
const networkChanged = 'ERR_NETWORK_CHANGED';

async function isLoaded(): Promise<void> {
  const loaded = await page!.waitForSelector('html[data-theme]', { timeout: 5000 }).catch(() => undefined);
  if (loaded) return;
  await page!.reload();
  throw new Error('The page does not load.');
}

async function textOf(selector: string): Promise<string> {
  return ((await page!.locator(selector).textContent()) ?? '').replace(/\s+/g, ' ').trim();
}

async function numberIn(selector: string): Promise<number> {
  return Number((await textOf(selector)).replaceAll(',', '').match(/[\d.]+/)?.[0]);
}

async function cluster(): Promise<{
  rates: Record<string, number>;
  queues: Record<string, number>;
  connections: number;
}> {
  return (await (await fetch(`${ops.url}/api/cluster`)).json()) as Awaited<ReturnType<typeof cluster>>;
}

async function isLive(): Promise<void> {
  await eventually(async () => {
    expect(await page!.getAttribute('body', 'data-state')).toBe('fresh');
    expect(await numberIn('#accepted')).toBeGreaterThan(0);
  }, patience);
}

test('the numbers change while devices write, and agree with the API', async () => {
  await open();
  await isLive();
  const before = await numberIn('#ledger-accepted');
  await eventually(async () => expect(await numberIn('#ledger-accepted')).toBeGreaterThan(before), patience);
  await eventually(async () => expect(await textOf('#connections')).toBe('6 devices'), patience);
  // Both are of the last seconds: an answer before and one after stand around what the page shows between them.
  await eventually(async () => {
    const earlier = await cluster();
    const accepted = await numberIn('#ledger-accepted');
    const later = await cluster();
    expect(accepted).toBeGreaterThanOrEqual(earlier.queues.accepted! - 200);
    expect(accepted).toBeLessThanOrEqual(later.queues.accepted!);
    expect(await numberIn('#accepted')).toBeGreaterThan(later.rates.accepted! / 2);
    expect(await numberIn('#accepted')).toBeLessThan(later.rates.accepted! * 2);
  }, patience);
  expect(await page!.locator('#nodes tr').count()).toBe(2);
  for (const unit of ['#accepted', '#delivered', '#queued', '#refused', '#latency', '#queue-depth', '#redis-memory']) {
    expect(await textOf(unit)).toMatch(/^[\d.,]+ \S+/);
  }
  expect(await textOf('#bandwidth-of')).toContain('of 10 TB');
  expect(await page!.locator('#chart-messages canvas').count()).toBe(1);
  expect(await textOf('#chart-messages .legend')).toMatch(/accepted [\d.]+\/slive [\d.]+\/squeued [\d.]+\/s/);
}, 120_000);

test('it asks nobody but ops, and breaks no rule of its own policy', async () => {
  await open();
  await isLive();
  expect([...asked]).toEqual([new URL(ops.url).origin]);
  expect(complaints).toEqual([]);
}, 90_000);

test.each([
  ['wide', wide, 'dark'],
  ['wide', wide, 'light'],
  ['narrow', narrow, 'dark'],
  ['narrow', narrow, 'light'],
] as const)(
  'nothing is cut off: %s, %s',
  async (_name, viewport, colorScheme) => {
    await open({ viewport, colorScheme });
    await isLive();
    expect(await page!.evaluate('document.documentElement.scrollWidth')).toBe(viewport.width);
    const cutOff = `[...document.querySelectorAll('main *')].filter((each) => each.getBoundingClientRect().right > innerWidth + 1 &&
    getComputedStyle(each).position !== 'absolute').map((each) => each.outerHTML.slice(0, 80))`;
    expect(await page!.evaluate(cutOff)).toEqual([]);
    const ground = await page!.evaluate('getComputedStyle(document.body).backgroundColor');
    expect(ground).toBe(colorScheme === 'dark' ? 'rgb(12, 15, 20)' : 'rgb(238, 240, 243)');
  },
  90_000,
);

test.each([wide, narrow])(
  'nothing jumps while it loads: %j',
  async (viewport) => {
    await open({ viewport, watch: layoutShifts });
    await isLive();
    // 0.1 is what web.dev/cls calls good.
    expect(await page!.evaluate('shifted()')).toBeLessThan(0.1);

    // And a jump would have been seen.
    await page!.evaluate(
      `document.body.prepend(Object.assign(document.createElement('hr'), { style: 'height: 50vh' }))`,
    );
    await eventually(async () => expect(await page!.evaluate('shifted()')).toBeGreaterThan(0.1), patience);
  },
  60_000,
);

test('a page of which a part got lost is loaded again', async () => {
  const context = await browser.newContext({ viewport: wide });
  page = await context.newPage();
  let lost = 0;
  await page.route('**/verdict.js', async (route) => {
    lost += 1;
    if (lost > 2) await route.continue();
    else await route.abort('failed');
  });
  await page.goto(ops.url);
  await isLive();
  expect(lost).toBe(3);
}, 60_000);

test('the button changes between dark and light, by keyboard too, and is remembered', async () => {
  await open();
  await page!.locator('#theme').focus();
  await page!.keyboard.press('Enter');
  expect(await page!.getAttribute('html', 'data-theme')).toBe('light');
  await page!.reload();
  await eventually(isLoaded, patience);
  expect(await page!.getAttribute('html', 'data-theme')).toBe('light');
  await page!.locator('#theme').click();
  expect(await page!.getAttribute('html', 'data-theme')).toBe('dark');
}, 60_000);

test('the span of the charts is chosen by keyboard', async () => {
  await open();
  await isLive();
  await page!.locator('#span-1h').focus();
  await page!.keyboard.press('ArrowLeft');
  expect(await page!.locator('#span-5m').isChecked()).toBe(true);
  const [response] = await Promise.all([
    page!.waitForResponse((each) => each.url().includes('step=hour')),
    page!.locator('label', { hasText: '30 days' }).click(),
  ]);
  expect(response.status()).toBe(200);
}, 60_000);

test('every text stands out from its ground', async () => {
  for (const colorScheme of ['dark', 'light'] as const) {
    await open({ colorScheme });
    await isLive();
    expect({ colorScheme, faint: await page!.evaluate(faintTexts) }).toEqual({ colorScheme, faint: [] });
    await page!.context().close();
  }
}, 90_000);

/** Texts of a contrast below 4.5 (WCAG AA), by https://www.w3.org/TR/WCAG21/#dfn-contrast-ratio. */
const faintTexts = `(() => {
  const parts = (color) => color.match(/[\\d.]+/g).map(Number);
  const luminance = ([r, g, b]) => [r, g, b].map((v) => v / 255)
    .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const groundOf = (element) => {
    for (let each = element; each; each = each.parentElement) {
      const color = parts(getComputedStyle(each).backgroundColor);
      if (color.length === 3 || color[3] === 1) return color;
    }
    return [255, 255, 255];
  };
  const faint = [];
  for (const element of document.querySelectorAll('body *')) {
    const own = [...element.childNodes].filter((node) => node.nodeType === 3 && node.data.trim() !== '');
    if (own.length === 0 || element.closest('dialog, noscript, [hidden]')) continue;
    const [light, dark] = [luminance(parts(getComputedStyle(element).color)), luminance(groundOf(element))].sort((a, b) => b - a);
    if ((light + 0.05) / (dark + 0.05) < 4.5) faint.push(element.outerHTML.slice(0, 80));
  }
  return faint;
})()`;

test('the token is asked for, kept for this tab alone, and a wrong one is told', async () => {
  const token = 'correct-horse-battery-staple';
  const guarded = await startOps({ redisUrl: redis.url, token });
  try {
    await open({}, guarded.url);
    await page!.locator('#token[open]').waitFor();
    await page!.keyboard.press('Escape');
    await page!.keyboard.press('Escape');
    await page!.locator('#token[open]').waitFor();
    await page!.locator('#token-input').fill('not-the-right-token');
    await page!.keyboard.press('Enter');
    await page!.locator('#token-wrong:visible').waitFor();
    expect(await numberIn('#accepted')).toBeNaN();
    await page!.locator('#token-input').fill(token);
    await page!.keyboard.press('Enter');
    await isLive();
    expect(await page!.evaluate('JSON.stringify(localStorage) + document.cookie + location.href')).not.toContain(token);
    await page!.reload();
    await eventually(isLoaded, patience);
    await isLive();
    page = await page!.context().newPage();
    await page.goto(guarded.url);
    await eventually(isLoaded, patience);
    await page.locator('#token[open]').waitFor();
  } finally {
    await guarded.stop();
  }
}, 120_000);

test('it says since when it is stale as soon as ops dies, and goes on when ops is back', async () => {
  const own = await startOps({ redisUrl: redis.url });
  let back: RunningOps | undefined;
  try {
    await open({}, own.url);
    await isLive();
    own.kill('SIGKILL');
    await eventually(async () => expect(await textOf('#verdict')).toMatch(/Stale since \d\d:\d\d:\d\d/), patience);
    expect(await textOf('#verdict-detail')).toContain('Trying again');
    expect(await page!.title()).toContain('Stale since');
    expect(await page!.getAttribute('body', 'data-state')).toBe('stale');
    back = await startOps({ redisUrl: redis.url, port: own.port });
    await isLive();
    expect(await textOf('#verdict')).not.toContain('Stale');
  } finally {
    await own.stop('SIGKILL');
    await back?.stop();
  }
}, 150_000);

test('it says so when ops hangs', async () => {
  const own = await startOps({ redisUrl: redis.url });
  try {
    await open({}, own.url);
    await isLive();
    own.kill('SIGSTOP');
    await eventually(async () => expect(await textOf('#verdict')).toContain('Stale since'), patience);
    own.kill('SIGCONT');
    await isLive();
  } finally {
    await own.stop();
  }
}, 150_000);

test('it says that Redis is away, and shows the cluster again when it is back', async () => {
  await open();
  await isLive();
  process.kill(redis.pid, 'SIGSTOP');
  try {
    await eventually(async () => expect(await textOf('#verdict')).toMatch(/Stale since .+Redis is away/), patience);
  } finally {
    process.kill(redis.pid, 'SIGCONT');
  }
  await isLive();
}, 150_000);

test('a new deployment is told what to start', async () => {
  const empty = await startRedis();
  const own = await startOps({ redisUrl: empty.url });
  let first: RunningEdge | undefined;
  try {
    await open({}, own.url);
    await eventually(async () => expect(await textOf('#verdict')).toContain('./scripts/up'), patience);
    first = await startEdge({ redisUrl: empty.url, env: settings });
    await eventually(async () => expect(await textOf('#nodes')).toContain('up'), patience);
    await first.stop();
    await eventually(async () => expect(await page!.locator('#nodes-empty').isVisible()).toBe(true), patience);
    expect(await textOf('#nodes-empty')).toContain('Start one with ./scripts/up');
    expect(await textOf('#verdict')).toContain('No node is up.');
  } finally {
    await own.stop();
    await first?.stop();
    await empty.stop();
  }
}, 150_000);

test('an edge that was killed is shown as silent, and the verdict says so', async () => {
  await open();
  await isLive();
  edges[1]!.kill('SIGKILL');
  await eventually(async () => expect(await textOf('#nodes')).toContain('silent'), patience);
  expect(await textOf('#verdict')).toMatch(/wrong.*Node [0-9a-f]{12} is silent\./);
  expect(await page!.locator('#nodes tr').count()).toBe(2);
}, 120_000);
