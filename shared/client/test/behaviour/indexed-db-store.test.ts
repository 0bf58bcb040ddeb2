import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { build } from 'esbuild';
import { type Browser, chromium, type Page } from 'playwright-core';
import { lastingCases, storeCases } from '../stores/store-cases';

type PageWithStore = { runStoreCase(name: string): Promise<void> };

let server: Server;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  const { outputFiles } = await build({
    entryPoints: [join(__dirname, '../stores/page.ts')],
    bundle: true,
    format: 'iife',
    conditions: ['source'],
    write: false,
  });
  // A database belongs to an origin, which a page from a file or a text has not.
  server = createServer((request, response) => {
    const isScript = request.url === '/page.js';
    response.writeHead(200, { 'content-type': isScript ? 'text/javascript' : 'text/html' });
    response.end(isScript ? outputFiles[0]!.text : '<!doctype html><script src="/page.js"></script>');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
    args: ['--no-sandbox'],
  });
  page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
});

afterAll(async () => {
  await browser?.close();
  server?.close();
});

test.each(Object.keys({ ...storeCases, ...lastingCases }))("a browser's IndexedDbStore %s", async (name) => {
  const run = (wanted: string) => (globalThis as unknown as PageWithStore).runStoreCase(wanted);
  await expect(page.evaluate(run, name)).resolves.toBeUndefined();
});
