import { expect, test } from '@jest/globals';
import { startOps } from '@openrelay/launch';
import { NodeDirectory, RedisLink } from '@openrelay/state';
import { eventually } from '@openrelay/testing';
import { patience, usePageRig, wide } from './page-rig';
import { PathProxy } from './path-proxy';

const narrow = { width: 390, height: 844 };
const rig = usePageRig();

/** Runs before the page does: `shifted()` tells how far things have jumped since. */
const layoutShifts = `{
  let sum = 0;
  const add = (entries) => entries.forEach(({ value }) => (sum += value));
  const observer = new PerformanceObserver((list) => add(list.getEntries()));
  observer.observe({ type: 'layout-shift', buffered: true });
  window.shifted = () => (add(observer.takeRecords()), sum);
}`;

/** What an edge tells of itself that stores nothing for strange ids. */
const shortNode = {
  startedAtMs: 0,
  connections: 0,
  draining: 'no',
  rssBytes: 0,
  cpuPercent: 0,
  eventLoopDelayMs: 0,
  redisRoundTripMs: 0,
  messagesPerSecond: 0,
  port: 3000,
  storePressure: 1,
  storeBudgetBytes: 30_000_000,
} as const;

async function cluster(): Promise<{
  rates: Record<string, number>;
  queues: Record<string, number>;
  connections: number;
}> {
  return (await (await fetch(`${rig.ops.url}/api/cluster`)).json()) as Awaited<ReturnType<typeof cluster>>;
}

test('the numbers change while devices write, and agree with the API', async () => {
  await rig.open();
  await rig.isLive();
  const before = await rig.numberIn('#ledger-accepted');
  await eventually(async () => expect(await rig.numberIn('#ledger-accepted')).toBeGreaterThan(before), patience);
  await eventually(async () => expect(await rig.textOf('#connections')).toBe('6 devices'), patience);
  // Both are of the last seconds: an answer before and one after stand around what the page shows between them.
  await eventually(async () => {
    const earlier = await cluster();
    const accepted = await rig.numberIn('#ledger-accepted');
    const later = await cluster();
    expect(accepted).toBeGreaterThanOrEqual(earlier.queues.accepted! - 200);
    expect(accepted).toBeLessThanOrEqual(later.queues.accepted!);
    expect(await rig.numberIn('#accepted')).toBeGreaterThan(later.rates.accepted! / 2);
    expect(await rig.numberIn('#accepted')).toBeLessThan(later.rates.accepted! * 2);
  }, patience);
  expect(await rig.page.locator('#nodes tr').count()).toBe(2);
  for (const unit of ['#accepted', '#delivered', '#queued', '#refused', '#latency', '#queue-depth', '#redis-memory']) {
    expect(await rig.textOf(unit)).toMatch(/^[\d.,]+ \S+/);
  }
  expect(await rig.textOf('#bandwidth-of')).toContain('of 10 TB');
  expect(await rig.page.locator('#chart-messages canvas').count()).toBe(1);
  expect(await rig.textOf('#chart-messages .legend')).toMatch(/accepted [\d.]+\/slive [\d.]+\/squeued [\d.]+\/s/);
}, 120_000);

test('a line at the top says what is not stored, and for want of what', async () => {
  const link = new RedisLink({
    url: rig.cluster.redis.url,
    commandTimeoutMs: 5000,
    monotonicMs: () => performance.now(),
  });
  await link.connect(5000);
  await rig.open();
  await rig.isLive();
  try {
    await eventually(async () => {
      await new NodeDirectory(link).beat('0123456789ab', shortNode); // its lifetime may end while a slow machine looks
      expect(await rig.textOf('#verdict-detail')).toContain(
        'The store is short of room and refuses what is for strange ids (507).',
      );
      expect(await rig.textOf('#redis-note')).toMatch(/^budget 30 MB, short$/);
    }, patience);
  } finally {
    await new NodeDirectory(link).leave('0123456789ab');
    link.close();
  }
}, 90_000);

test('it asks nobody but ops, and breaks no rule of its own policy', async () => {
  await rig.open();
  await rig.isLive();
  expect([...rig.asked]).toEqual([new URL(rig.ops.url).origin]);
  expect(rig.complaints).toEqual([]);
}, 90_000);

test('it is the same below a path of a proxy, and asks for nothing outside of it', async () => {
  const proxy = await PathProxy.start('/ops/', rig.ops.url);
  try {
    await rig.open({}, proxy.url);
    await rig.isLive();
    await rig.page.locator('#chart-messages canvas').waitFor();
    const [response] = await Promise.all([
      rig.page.waitForResponse((each) => each.url().includes('step=hour')),
      rig.page.locator('label', { hasText: '30 days' }).click(),
    ]);
    expect(response.status()).toBe(200);
    expect(rig.complaints).toEqual([]);
    const links = await rig.page.evaluate(`[...document.querySelectorAll('footer a')].map(({ href }) => href)`);
    expect(links).toEqual([`${proxy.url}openapi.json`, `${proxy.url}metrics`]);
    for (const link of links as string[]) expect((await fetch(link)).status).toBe(200);
    const { servers } = (await (await fetch(`${proxy.url}openapi.json`)).json()) as { servers: { url: string }[] };
    expect(servers.map(({ url }) => new URL(url, `${proxy.url}openapi.json`).href)).toEqual([proxy.url]);
  } finally {
    await proxy.stop();
  }
}, 90_000);

test.each([
  ['wide', wide, 'dark'],
  ['wide', wide, 'light'],
  ['narrow', narrow, 'dark'],
  ['narrow', narrow, 'light'],
] as const)(
  'nothing is cut off: %s, %s',
  async (_name, viewport, colorScheme) => {
    await rig.open({ viewport, colorScheme });
    await rig.isLive();
    expect(await rig.page.evaluate('document.documentElement.scrollWidth')).toBe(viewport.width);
    const cutOff = `[...document.querySelectorAll('main *')].filter((each) => each.getBoundingClientRect().right > innerWidth + 1 &&
    getComputedStyle(each).position !== 'absolute').map((each) => each.outerHTML.slice(0, 80))`;
    expect(await rig.page.evaluate(cutOff)).toEqual([]);
    const ground = await rig.page.evaluate('getComputedStyle(document.body).backgroundColor');
    expect(ground).toBe(colorScheme === 'dark' ? 'rgb(12, 15, 20)' : 'rgb(238, 240, 243)');
  },
  90_000,
);

test.each([wide, narrow])(
  'nothing jumps while it loads: %j',
  async (viewport) => {
    await rig.open({ viewport, watch: layoutShifts });
    await rig.isLive();
    // 0.1 is what web.dev/cls calls good.
    expect(await rig.page.evaluate('shifted()')).toBeLessThan(0.1);

    // And a jump would have been seen.
    await rig.page.evaluate(
      `document.body.prepend(Object.assign(document.createElement('hr'), { style: 'height: 50vh' }))`,
    );
    await eventually(async () => expect(await rig.page.evaluate('shifted()')).toBeGreaterThan(0.1), patience);
  },
  60_000,
);

test('a page of which a part got lost is loaded again', async () => {
  const context = await rig.browser.newContext({ viewport: wide });
  rig.page = await context.newPage();
  let lost = 0;
  await rig.page.route('**/verdict.js', async (route) => {
    lost += 1;
    if (lost > 2) await route.continue();
    else await route.abort('failed');
  });
  await rig.page.goto(rig.ops.url);
  await rig.isLive();
  expect(lost).toBe(3);
}, 60_000);

test('the button changes between dark and light, by keyboard too, and is remembered', async () => {
  await rig.open();
  await rig.page.locator('#theme').focus();
  await rig.page.keyboard.press('Enter');
  expect(await rig.page.getAttribute('html', 'data-theme')).toBe('light');
  await rig.page.reload();
  await rig.isLoaded();
  expect(await rig.page.getAttribute('html', 'data-theme')).toBe('light');
  await rig.page.locator('#theme').click();
  expect(await rig.page.getAttribute('html', 'data-theme')).toBe('dark');
}, 60_000);

test('the span of the charts is chosen by keyboard', async () => {
  await rig.open();
  await rig.isLive();
  await rig.page.locator('#span-1h').focus();
  await rig.page.keyboard.press('ArrowLeft');
  expect(await rig.page.locator('#span-5m').isChecked()).toBe(true);
  const [response] = await Promise.all([
    rig.page.waitForResponse((each) => each.url().includes('step=hour')),
    rig.page.locator('label', { hasText: '30 days' }).click(),
  ]);
  expect(response.status()).toBe(200);
}, 60_000);

test('every text stands out from its ground', async () => {
  for (const colorScheme of ['dark', 'light'] as const) {
    await rig.open({ colorScheme });
    await rig.isLive();
    expect({ colorScheme, faint: await rig.page.evaluate(faintTexts) }).toEqual({ colorScheme, faint: [] });
    await rig.page.context().close();
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
  const guarded = await startOps({ redisUrl: rig.cluster.redis.url, token });
  try {
    await rig.open({}, guarded.url);
    await rig.page.locator('#token[open]').waitFor();
    await rig.page.keyboard.press('Escape');
    await rig.page.keyboard.press('Escape');
    await rig.page.locator('#token[open]').waitFor();
    await rig.page.locator('#token-input').fill('not-the-right-token');
    await rig.page.keyboard.press('Enter');
    await rig.page.locator('#token-wrong:visible').waitFor();
    expect(await rig.numberIn('#accepted')).toBeNaN();
    expect(new Set(await rig.page.locator('.plot-note').allTextContents())).toEqual(new Set(['Nothing is known yet']));
    await rig.page.locator('#token-input').fill(token);
    await rig.page.keyboard.press('Enter');
    await rig.isLive();
    expect(await rig.page.evaluate('JSON.stringify(localStorage) + document.cookie + location.href')).not.toContain(
      token,
    );
    await rig.page.reload();
    await rig.isLoaded();
    await rig.isLive();
    rig.page = await rig.page.context().newPage();
    await rig.page.goto(guarded.url);
    await rig.isLoaded();
    await rig.page.locator('#token[open]').waitFor();
  } finally {
    await guarded.stop();
  }
}, 120_000);
