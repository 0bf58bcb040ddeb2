import { expect, test } from '@jest/globals';
import { devicePages } from '../../src/upkeep/device-pages';

const form = { encoding: 'identity', body: new Uint8Array(1), tag: '"t"' } as const;
const file = { path: '/app/', contentType: 'text/html', headers: {}, forms: [form] };

test('more than a thousand a second ask in vain, and a second later not', async () => {
  let now = 0;
  const page = devicePages([file], () => now)['/app/']!;
  const statuses = async (count: number) => {
    const found = [];
    for (let i = 0; i < count; i += 1) found.push((await page(new Map())).status);
    return found;
  };
  expect(new Set(await statuses(4_000))).toEqual(new Set([200]));
  expect(await statuses(1)).toEqual([503]);
  now += 1_000;
  expect((await statuses(1_001)).filter((status) => status === 200)).toHaveLength(1_000);
});

test('a page that was not built is none', () => {
  expect(devicePages([], () => 0)).toEqual({});
});
