import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { pair, usePageRig } from './page-rig';

const rig = usePageRig();

/** A red dot. */
const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAUAAAAFCAYAAACNbyblAAAAHElEQVQI12P4//8/w38GIAXDIBKE0DHxgljNBAAO9TXL0Y4OHwAAAABJRU5ErkJggg==',
  'base64',
);
const large = Buffer.alloc(1_000_000, 'not a line like another; ');

test('two browsers on two edges pair by a code, and send a text, an image and a file that a reload interrupts', async () => {
  const [one, other] = [await rig.person(0), await rig.person(1)];
  await pair(one.page, other.page);

  await one.page.fill('#text', 'Hello, <b>other</b> browser!');
  await one.page.press('#text', 'Enter');
  await other.page.waitForSelector('.entry.in >> text=Hello, <b>other</b> browser!');
  await one.page.waitForSelector('.entry.out >> text=Sent');

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

  // What was stored is there without a network, and what is written waits.
  await one.context.setOffline(true);
  rig.cluster.edge(0).kill('SIGKILL');
  await one.page.reload();
  await one.page.waitForSelector('.entry.in[data-kind="image"]');
  await one.page.fill('#text', 'Written offline');
  await one.page.press('#text', 'Enter');
  await one.page.waitForSelector('.entry.out[data-state="waiting"] >> text=Written offline');

  expect([...one.complaints, ...other.complaints].filter((text) => !/ERR_|WebSocket connection/.test(text))).toEqual(
    [],
  );
  await Promise.all([one.context.close(), other.context.close()]);
}, 120_000);
