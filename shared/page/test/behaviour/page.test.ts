import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { came, connected, type Person, pair, say, sayWhenReady, usePair } from './page-rig';

const both = usePair();
const folder = mkdtempSync(join(tmpdir(), 'openrelay-page-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A red dot. */
const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAUAAAAFCAYAAACNbyblAAAAHElEQVQI12P4//8/w38GIAXDIBKE0DHxgljNBAAO9TXL0Y4OHwAAAABJRU5ErkJggg==',
  'base64',
);
const large = Buffer.alloc(3_000_000, 'not a line like another; ');

/** What the page keeps of its private keys. */
const keptKeys = `new Promise((resolve, reject) => {
  const opened = indexedDB.open('openrelay-page');
  opened.onerror = reject;
  opened.onsuccess = () => {
    const asked = opened.result.transaction('keys').objectStore('keys').get('identity');
    asked.onsuccess = async () => {
      const told = [];
      for (const { privateKey } of [asked.result.signing, asked.result.agreement]) {
        const exported = await crypto.subtle.exportKey('pkcs8', privateKey).then(() => 'exported', () => 'refused');
        told.push(privateKey.algorithm.name, privateKey.extractable, exported);
      }
      opened.result.close();
      resolve(told);
    };
  };
})`;

/** As a person drops files and folders of the disk, which no script in a page could do. */
async function drop({ context, page }: Person, files: readonly string[]): Promise<void> {
  const session = await context.newCDPSession(page);
  const { x, y } = (await page.locator('#entries').boundingBox())!;
  const data = { items: [], files: [...files], dragOperationsMask: 1 };
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
    await session.send('Input.dispatchDragEvent', { type, x: x + 50, y: y + 50, data });
  }
}

async function saved(page: Page, entry: string): Promise<Buffer> {
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.click(`.entry.in[data-state="done"]:has-text("${entry}") >> text=/^Save/`),
  ]);
  return readFileSync(await download.path());
}

/** Of an archive whose files are not compressed, by its central directory. */
function namesIn(zip: Buffer): string[] {
  const names: string[] = [];
  let at = zip.readUInt32LE(zip.length - 6);
  while (zip.readUInt32LE(at) === 0x02014b50) {
    const length = zip.readUInt16LE(at + 28);
    names.push(zip.toString('utf8', at + 46, at + 46 + length));
    at += 46 + length;
  }
  return names;
}

test('two browsers on two edges, paired by a code, send a text, an image and a file that a reload interrupts', async () => {
  const { one, other } = both;
  expect(await one.page.evaluate(keptKeys)).toEqual(['Ed25519', false, 'refused', 'X25519', false, 'refused']);

  await say(one.page, 'Hello, <b>other</b> browser!');
  await came(other.page, 'Hello, <b>other</b> browser!').waitFor();
  await one.page.waitForSelector('.entry.out >> text=Sent');
  await say(other.page, 'Grüße zurück');
  await came(one.page, 'Grüße zurück').waitFor();

  await other.page.setInputFiles('#file-chooser', { name: 'dot.png', mimeType: 'image/png', buffer: png });
  await one.page.waitForSelector('.entry.in[data-kind="image"] img');

  await one.page.setInputFiles('#file-chooser', { name: 'large.bin', mimeType: 'text/plain', buffer: large });
  await other.page.click('text=Take it');
  await Promise.all([one.page.reload(), other.page.reload()]);
  await other.page.waitForSelector('.entry.in[data-kind="file"][data-state="done"]');
  const download = other.page.waitForEvent('download');
  await other.page.click('.entry.in[data-kind="file"] >> text=Save');
  const bytes = readFileSync(await (await download).path());
  expect(createHash('sha256').update(bytes).digest('hex')).toBe(createHash('sha256').update(large).digest('hex'));
  await one.page.waitForSelector('.entry.out[data-kind="file"][data-state="done"]');
}, 120_000);

/** What a person could not touch, as it lies beside the screen. */
const beside = `[...document.querySelectorAll('button, textarea, input')].filter((control) => {
  const { left, right } = control.getBoundingClientRect();
  return control.checkVisibility() && (left < 0 || right > innerWidth);
}).map(({ id, textContent }) => id || textContent)`;

test('in 390 and in 1440 pixels, light and dark, nothing is beside the screen', async () => {
  const { page } = both.one;
  for (const colorScheme of ['light', 'dark'] as const) {
    for (const width of [390, 1440]) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 900 });
      const seen = await page.evaluate(`[document.documentElement.scrollWidth, ${beside}]`);
      expect({ colorScheme, width, seen }).toEqual({ colorScheme, width, seen: [width, []] });
    }
  }
});

test('several files and a folder are dropped at once; the folder is saved as an archive', async () => {
  mkdirSync(join(folder, 'trip/day one'), { recursive: true });
  const files = { 'one.txt': 'first', 'two.txt': 'second', 'trip/plan.txt': 'walk', 'trip/day one/größe.txt': 'far' };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const { one, other } = both;
  await drop(
    one,
    ['one.txt', 'two.txt', 'trip'].map((name) => join(folder, name)),
  );
  for (const name of ['one.txt', 'two.txt', 'trip']) {
    await other.page.click(`.entry.in:has-text("${name}") >> text=Take it`);
    await one.page.waitForSelector(`.entry.out[data-state="done"]:has-text("${name}")`);
  }
  expect((await saved(other.page, 'two.txt')).toString()).toBe('second');
  await came(other.page, '2 files, 7 B').waitFor();
  const zip = await saved(other.page, 'trip');
  expect(namesIn(zip).sort()).toEqual(['day one/größe.txt', 'plan.txt']);
  expect(zip.includes('walk')).toBe(true);
}, 120_000);

test('the clipboard is sent by the button and by Ctrl+V, texts and images', async () => {
  const { one, other } = both;
  await one.context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await one.page.evaluate(`navigator.clipboard.writeText('Copied text')`);
  await one.page.click('#send-clipboard');
  await came(other.page, 'Copied text').waitFor();
  await one.page.evaluate(`(async () => {
    const canvas = new OffscreenCanvas(8, 8);
    canvas.getContext('2d').fillRect(0, 0, 4, 4);
    await navigator.clipboard.write([new ClipboardItem({ 'image/png': await canvas.convertToBlob() })]);
  })()`);
  await one.page.click('#send-clipboard');
  await other.page.waitForSelector('.entry.in[data-kind="image"] img');
  await one.page.locator('#entries').focus();
  await one.page.keyboard.press('Control+V');
  await other.page.waitForSelector('.entry.in[data-kind="image"] >> nth=1');
  // What came is copied with the button beside it.
  await other.context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await came(other.page, 'Copied text').getByText('Copy', { exact: true }).click();
  await other.page.waitForSelector('#notices >> text=Copied.');
  expect(await other.page.evaluate('navigator.clipboard.readText()')).toBe('Copied text');
}, 120_000);

test('what is refused, or stopped by either side, says so on both', async () => {
  const { one, other } = both;
  const offer = async (name: string, bytes: number) => {
    const file = { name, mimeType: 'application/octet-stream', buffer: Buffer.alloc(bytes) };
    await one.page.setInputFiles('#file-chooser', file);
  };
  const failed = async (name: string) => {
    const [here, there] = [one.page, other.page].map((page) =>
      page.locator(`.entry[data-state="failed"]:has-text("${name}") .state`).textContent(),
    );
    return { here: await here, there: await there };
  };
  await offer('refused.bin', 10);
  await other.page.click('.entry.in:has-text("refused.bin") >> button:text-is("Refuse")');
  expect(await failed('refused.bin')).toEqual({
    here: expect.stringContaining('does not want it'),
    there: 'You refused it.',
  });
  await offer('called-back.bin', 10);
  await came(other.page, 'called-back.bin').waitFor();
  await one.page.click('.entry.out:has-text("called-back.bin") >> button:text-is("Stop")');
  expect(await failed('called-back.bin')).toEqual({
    here: 'It was stopped.',
    there: expect.stringContaining('stopped it'),
  });
}, 120_000);

/** As a page leaves it that is closed between the entry of a file and the device's record of it. */
const takenInPart = `new Promise((resolve) => {
  const opened = indexedDB.open('openrelay-page');
  opened.onsuccess = () => {
    const entries = opened.result.transaction('entries', 'readwrite').objectStore('entries');
    entries.openCursor().onsuccess = ({ target: { result: cursor } }) => {
      if (!cursor) return;
      const state = { is: 'moving', bytes: 0, estimateSeconds: 0 };
      if (cursor.value.state.is === 'offered') cursor.update({ ...cursor.value, state });
      cursor.continue();
    };
    entries.transaction.oncomplete = () => (opened.result.close(), resolve());
  };
})`;

test('a file that was taken as the page was closed is taken when it opens again', async () => {
  const { one, other } = both;
  await one.page.setInputFiles('#file-chooser', { name: 'late.bin', mimeType: '', buffer: Buffer.alloc(99) });
  await came(other.page, 'late.bin').waitFor();
  await other.page.evaluate(takenInPart);
  await other.page.reload();
  await other.page.waitForSelector('.entry.in[data-state="done"]:has-text("late.bin")');
}, 120_000);

test('without a relay the page opens with what it has, and what is written goes out when the relay is back', async () => {
  const { one, other } = both;
  await say(one.page, 'Kept here');
  await came(other.page, 'Kept here').waitFor();
  await one.page.evaluate('navigator.serviceWorker.ready.then(() => undefined)');
  await one.context.setOffline(true);
  await one.page.reload();
  await one.page.waitForSelector('.entry.out >> text=Kept here');
  await one.page.waitForSelector('#link[data-tone="warning"]');
  await say(one.page, 'Written offline');
  await one.page.waitForSelector('.entry.out[data-state="waiting"] >> text=Written offline');
  await one.page.reload();
  await one.page.waitForSelector('text=One message waits to go out.');
  await one.context.setOffline(false);
  await one.page.click('#link-again', { timeout: 2_000 }).catch(() => undefined); // it may have come back by itself
  await connected(one.page);
  await came(other.page, 'Written offline').waitFor();
  await one.page.waitForSelector('.entry.out[data-state="done"] >> text=Written offline');
}, 120_000);

test('one tab has the device; another one takes it over, and the first goes on when that is closed', async () => {
  const { one, other } = both;
  const second = await both.rig.open(one.context, 0);
  await second.click('#take-over');
  await second.waitForSelector('#talk-with');
  await one.page.waitForSelector('text=Another tab has this device now');
  await say(second, 'From the second tab');
  await came(other.page, 'From the second tab').waitFor();
  await second.close();
  await connected(one.page);
  await say(one.page, 'From the first again');
  await came(other.page, 'From the first again').waitFor();
  expect(await came(other.page, 'From the').count()).toBe(2);
}, 120_000);

test('a device renames another, introduces it to a third, and forgets that one', async () => {
  const { one, other, rig } = both;
  await one.page.click('#rename');
  await one.page.fill('#ask input', 'Desk');
  await one.page.press('#ask input', 'Enter');
  await one.page.waitForSelector('#peer-name >> text=Desk');
  const third = await rig.person(0);
  await pair(one.page, third.page);
  await one.page.click('#introduce');
  await one.page.click('#ask-go');
  for (const { page } of [other, third]) {
    await page.locator('.peer').nth(1).click();
    await page.waitForSelector('#peer-note >> text=Introduced by');
  }
  await sayWhenReady(third.page, 'To whom I was introduced');
  await came(other.page, 'To whom I was introduced').waitFor();
  for (const { page } of [one, other]) {
    await page.click('#forget');
    await page.click('#ask-go');
    await page.waitForSelector('.peer >> nth=1', { state: 'detached' });
    await page.click('.peer');
  }
  await say(third.page, 'To who has forgotten me');
  await third.page.waitForSelector('#notices >> text=or it has forgotten this device');
}, 120_000);
